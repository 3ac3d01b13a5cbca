#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "core/file.h"
#include "core/yaml.h"
#include "predictor/remote/remote_device.h"
#include "space/family.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::predictor {

/// Runs `action` and returns the message of the DeviceLost that it throws.
template <typename Action>
std::string loss(Action&& action) {
  try {
    action();
  } catch (const DeviceLost& error) {
    return error.what();
  } catch (const Error& error) {
    ADD_FAILURE() << "no DeviceLost: " << error.what();
    return "";
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

/// Devices that are tests/predictor/remote/fake_program.py, each described by a hardware file in a
/// folder of the test's own.
class RemoteTest : public ::testing::Test {
 protected:
  static constexpr const char* kFake = LTS_SOURCE_DIR "/tests/predictor/remote/fake_program.py";

  static space::Architecture small(std::int32_t n_layer = 2) {
    return {space::family_named("gpt2"), {n_layer, 16, 32, 2, 97, 256}};
  }

  HardwareConfig read(const std::string& yaml) const {
    return load_hardware(folder_.write("hw.yaml", yaml));
  }

  /// The hardware file whose program is the fake one with `words` ("hangs, board=a").
  HardwareConfig fake(const std::string& words, const std::string& more = "") const {
    return read("{name: fake, sequence_length: 8, run: [python3, '" + std::string(kFake) + "', " +
                words + "]" + (more.empty() ? "" : ", " + more) + "}");
  }

  /// Writes the archid as the artifact.
  static void write_archid(const space::Architecture& architecture, const ArtifactOptions&,
                           const std::filesystem::path& file) {
    std::ofstream(file) << space::archid(architecture);
  }

  std::unique_ptr<Device> device(const HardwareConfig& config) const {
    return std::move(make_remote_devices(config, tools_).front());
  }

  std::string lines_of_log() const { return read_file(folder_.path() / "log"); }

  testing::TemporaryFolder folder_;
  RemoteTools tools_{.write_artifact = write_archid};
};

}  // namespace lts::predictor
