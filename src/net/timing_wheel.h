// Deadlines of many things for the price of one timer: 64 slots, one swept per tick. Re-arming to a later time is one
// store; the node moves when its old slot comes round.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace fm::net {

// Not thread-safe. A node must be disarmed before it dies.
class TimingWheel {
 public:
  static constexpr Steady kNever = Steady::max();

  struct Node {
    Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

   private:
    friend class TimingWheel;
    Node* next = nullptr;
    Node* prev = nullptr;
    std::uint64_t slot = 0;  // the tick at which the node is looked at
    Steady deadline = kNever;
  };

  TimingWheel(Millis tick, Steady now) : tick_(tick), start_(now) {
    for (Node& head : slots_) head.next = head.prev = &head;
  }

  // Replaces the node's deadline. It fires in the first sweep after it, up to one tick late.
  void arm(Node& node, Steady deadline) {
    node.deadline = deadline;
    if (deadline == kNever) return;
    const std::uint64_t slot = slot_of(deadline);
    if (node.next != nullptr && node.slot <= slot) return;
    disarm_link(node);
    link(node, slot);
  }

  void disarm(Node& node) {
    node.deadline = kNever;
    disarm_link(node);
  }

  // Calls expired(node) for each node whose deadline has come; the node is disarmed by then. expired may arm and
  // disarm any node.
  template <class Expired>
  void sweep(Steady now, Expired&& expired) {
    const std::uint64_t until = tick_at(now);
    // After a pause longer than one round each slot needs one look only.
    if (until > swept_ + kSlots) swept_ = until - kSlots;
    while (swept_ < until) {
      ++swept_;
      Node& head = slots_[swept_ % kSlots];
      Node due;
      take_all(head, due);
      while (due.next != &due) {
        Node& node = *due.next;
        disarm_link(node);
        if (node.deadline == kNever) continue;
        if (node.deadline <= now) {
          node.deadline = kNever;
          expired(node);
        } else {
          link(node, slot_of(node.deadline));
        }
      }
    }
  }

 private:
  static constexpr std::size_t kSlots = 64;

  std::uint64_t tick_at(Steady time) const {
    return time <= start_ ? 0 : static_cast<std::uint64_t>((time - start_) / tick_);
  }
  // The first tick at which the deadline has passed, within one round from here.
  std::uint64_t slot_of(Steady deadline) const {
    const std::uint64_t wanted = tick_at(deadline) + 1;
    if (wanted <= swept_) return swept_ + 1;
    return wanted < swept_ + kSlots ? wanted : swept_ + kSlots - 1;
  }
  void link(Node& node, std::uint64_t slot) {
    Node& head = slots_[slot % kSlots];
    node.slot = slot;
    node.prev = head.prev;
    node.next = &head;
    head.prev->next = &node;
    head.prev = &node;
  }
  static void disarm_link(Node& node) {
    if (node.next == nullptr) return;
    node.prev->next = node.next;
    node.next->prev = node.prev;
    node.next = node.prev = nullptr;
  }
  static void take_all(Node& head, Node& into) {
    into.next = into.prev = &into;
    if (head.next == &head) return;
    into.next = head.next;
    into.prev = head.prev;
    into.next->prev = &into;
    into.prev->next = &into;
    head.next = head.prev = &head;
  }

  const Millis tick_;
  const Steady start_;
  std::uint64_t swept_ = 0;
  std::array<Node, kSlots> slots_;
};

}  // namespace fm::net
