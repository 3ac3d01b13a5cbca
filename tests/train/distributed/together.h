#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "train/distributed/ranks.h"

namespace lts::train {

/// A port that nobody listens on.
inline int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

/// Runs `body` on so many ranks, each a thread of this process, connected as processes are.
inline void together(int ranks, const std::function<void(Ranks&)>& body) {
  const int port = free_port();
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([=, &body] {
      try {
        Ranks own(
            {.rank = rank, .ranks = ranks, .local_rank = rank, .host = "127.0.0.1", .port = port},
            {}, [](const Loss& loss) { ADD_FAILURE() << loss.reason; });
        body(own);
        own.part();
      } catch (const std::exception& error) {
        ADD_FAILURE() << "rank " << rank << ": " << error.what();
      }
    });
  for (auto& thread : threads) thread.join();
}

}  // namespace lts::train
