#include "core/yaml.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/file.h"
#include "core/text.h"

namespace lts {
namespace {

constexpr std::size_t kMaxCopies = 100'000;
constexpr std::size_t kMaxDepth = 100;

/// Builds a YamlNode from yaml-cpp's events, which carry the mark of every value and leave aliases
/// to us: an alias is a copy of a finished anchor, so cycles cannot arise and copies are counted.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string name) : name_(std::move(name)) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add({.kind = YamlNode::Kind::kNull, .place = place(mark)}, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw user_error(place(mark), "an alias to a value that contains it");
    }
    count_copies(found->second, place(mark));
    add(YamlNode(found->second), YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(tag, mark);
    const bool quoted = tag == "!";  // yaml-cpp's tag for anything but a plain scalar
    add({.kind = YamlNode::Kind::kScalar, .scalar = value, .quoted = quoted, .place = place(mark)},
        anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_tag(tag, mark);
    open(YamlNode::Kind::kSequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_tag(tag, mark);
    open(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor;
    bool has_key = false;
    std::string key{};
    Place key_place{};
    std::map<std::string, int> line_of_key{};
  };

  Place place(const YAML::Mark& mark) const { return {name_, mark.line + 1, mark.column + 1}; }

  void refuse_tag(const std::string& tag, const YAML::Mark& mark) const {
    if (tag.empty() || tag == "?" || tag == "!") return;  // what yaml-cpp gives to untagged values
    throw user_error(place(mark), "a tag ('" + tag + "') is not accepted; quotes make a string");
  }

  static std::size_t size_of(const YamlNode& node) {
    std::size_t total = 1;
    for (const auto& item : node.items) total += size_of(item);
    for (const auto& entry : node.entries) total += size_of(entry.value);
    return total;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (frames_.size() >= kMaxDepth) {
      throw user_error(place(mark), "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
    frames_.push_back({.node = {.kind = kind, .place = place(mark)}, .anchor = anchor});
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    add(std::move(frame.node), frame.anchor);
  }

  void count_copies(const YamlNode& node, const Place& where) {
    num_copies_ += size_of(node);
    if (num_copies_ <= kMaxCopies) return;
    throw user_error(
        where, "anchors and aliases copy more than " + std::to_string(kMaxCopies) + " values");
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      count_copies(node, node.place);
      anchors_[anchor] = node;
    }
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& parent = frames_.back();
    if (parent.node.kind == YamlNode::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node.entries.push_back({parent.key, parent.key_place, std::move(node)});
      parent.has_key = false;
    } else {
      take_key(parent, node);
    }
  }

  void take_key(Frame& parent, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kNull) throw user_error(node.place, "a key is missing");
    if (node.kind != YamlNode::Kind::kScalar) {
      throw user_error(node.place, "a key must be a plain name");
    }
    const auto [first, is_new] = parent.line_of_key.emplace(node.scalar, node.place.line);
    if (!is_new) {
      throw user_error(node.place, "key '" + node.scalar + "' stands twice; first in line " +
                                       std::to_string(first->second));
    }
    parent.has_key = true;
    parent.key = node.scalar;
    parent.key_place = node.place;
  }

  std::string name_;
  YamlNode root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t num_copies_ = 0;
};

void refuse_binary(std::string_view text, const std::string& name) {
  std::size_t bad = 0;
  bool valid = is_utf8(text, &bad);
  if (const auto zero = text.find('\0'); zero != std::string_view::npos && (valid || zero < bad)) {
    valid = false;
    bad = zero;
  }
  if (valid) return;
  const int line = 1 + static_cast<int>(std::count(text.begin(), text.begin() + bad, '\n'));
  const auto line_begin = text.rfind('\n', bad);
  const std::size_t column = bad - (line_begin == std::string_view::npos ? 0 : line_begin + 1) + 1;
  throw user_error({name, line, static_cast<int>(column)}, "is no UTF-8 text (a binary file?)");
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

YamlNode* YamlNode::find(std::string_view key) {
  return const_cast<YamlNode*>(std::as_const(*this).find(key));
}

YamlNode load_yaml(const std::filesystem::path& path) {
  return parse_yaml(read_file(path), path.string());
}

YamlNode parse_yaml(std::string_view text, const std::string& name) {
  refuse_binary(text, name);
  // Without the end mark yaml-cpp takes a quoted text that never ends for one that does.
  std::istringstream stream(std::string(text) + (text.ends_with('\n') ? "...\n" : "\n...\n"));
  TreeBuilder builder(name);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    YamlNode root = builder.take();
    TreeBuilder second(name);
    if (parser.HandleNextDocument(second)) {
      throw user_error(second.take().place, "a second YAML document; one file holds one");
    }
    if (root.kind == YamlNode::Kind::kNull) root.place = {name, 1, 1};
    return root;
  } catch (const YAML::DeepRecursion& error) {
    throw user_error({name, error.mark.line + 1, error.mark.column + 1},
                     "nested deeper than " + std::to_string(kMaxDepth) + " levels");
  } catch (const YAML::Exception& error) {
    throw user_error({name, error.mark.line + 1, error.mark.column + 1},
                     error.msg == YAML::ErrorMsg::DOC_IN_SCALAR
                         ? "a quoted text does not end"
                         : "is not valid YAML: " + error.msg);
  }
}

namespace {

YamlNode& descend(YamlNode& node, const std::string& key, const Place& place) {
  if (node.kind == YamlNode::Kind::kSequence) {
    std::int64_t index = 0;
    if (!parse_int(key, index) || index < 0 || index >= std::ssize(node.items)) {
      throw user_error(place, "'" + key + "' is no index of a list of " +
                                  std::to_string(node.items.size()) + " (0 is the first)");
    }
    return node.items[static_cast<std::size_t>(index)];
  }
  if (node.kind == YamlNode::Kind::kScalar) {
    throw user_error(place, "'" + key + "' is asked of the plain value '" + node.scalar + "'");
  }
  node.kind = YamlNode::Kind::kMap;
  if (YamlNode* found = node.find(key)) return *found;
  node.entries.push_back({key, place, YamlNode{.place = place}});
  return node.entries.back().value;
}

}  // namespace

void apply_override(YamlNode& root, std::string_view assignment) {
  const Place place{"--set " + std::string(assignment)};
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw user_error(place, "must look like key.subkey=value");
  }
  YamlNode* node = &root;
  for (const std::string& key : split(assignment.substr(0, equals), '.')) {
    node = &descend(*node, key, place);
  }
  *node = parse_yaml(assignment.substr(equals + 1), place.file);
  node->place = place;
}

}  // namespace lts
