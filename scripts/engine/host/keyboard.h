// kd's input: lines, read by a thread of its own so that its control keys work while the target runs.
#pragma once
#include <windows.h>

#include <atomic>
#include <deque>
#include <functional>
#include <string>

class Keyboard {
 public:
  // What the control keys and the end of input do. Called on the reading thread, but for `leave` behind other lines.
  struct Keys {
    std::function<void()> breakIn;  // CTRL+F
    std::function<void()> leave;    // CTRL+B
    std::function<void()> news;     // a line, or the end, has come
  };

  explicit Keyboard(Keys keys);
  // Starts to read standard input.
  void start();
  // Takes the oldest line. False when there is none.
  bool take(std::string& line);
  // Puts a line before all others.
  void unread(const std::string& line);
  // Whether the engine waits for a target that runs; and that it begins to.
  std::atomic<bool> running{false};
  void runs();
  // Whether standard input is at its end and all of it was taken.
  bool ended();

 private:
  static DWORD WINAPI reading(void* self);
  static DWORD WINAPI leavingSoon(void* self);
  void read();
  void line(const std::string& text);
  void leaveSoon();

  Keys keys_;
  CRITICAL_SECTION lock_;
  std::deque<std::string> lines_;
  std::atomic<bool> atEnd_{false};
  std::atomic<ULONGLONG> runningSince_{0};
};
