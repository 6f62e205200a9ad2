#include "keyboard.h"

// CTRL+B. Source of the keys: "KD Command-Line Options"; each is a line of its own.
static const char* const LEAVE = "\x02";
static const ULONGLONG CONTINUE_MS = 1500;
static const ULONGLONG COMMAND_MS = 3000;

Keyboard::Keyboard(Keys keys) : keys_(std::move(keys)) { InitializeCriticalSection(&lock_); }

void Keyboard::start() { CloseHandle(CreateThread(nullptr, 0, reading, this, 0, nullptr)); }

bool Keyboard::take(std::string& line) {
  EnterCriticalSection(&lock_);
  const bool any = !lines_.empty();
  if (any) {
    line = lines_.front();
    lines_.pop_front();
  }
  LeaveCriticalSection(&lock_);
  if (any && line == LEAVE) keys_.leave();
  return any;
}

void Keyboard::unread(const std::string& line) {
  EnterCriticalSection(&lock_);
  lines_.push_front(line);
  LeaveCriticalSection(&lock_);
}

bool Keyboard::ended() {
  EnterCriticalSection(&lock_);
  const bool over = atEnd_ && lines_.empty();
  LeaveCriticalSection(&lock_);
  return over;
}

DWORD WINAPI Keyboard::reading(void* self) {
  static_cast<Keyboard*>(self)->read();
  return 0;
}

DWORD WINAPI Keyboard::leavingSoon(void* self) {
  static_cast<Keyboard*>(self)->leaveSoon();
  return 0;
}

void Keyboard::read() {
  const HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
  std::string pending;
  char bytes[4096];
  DWORD size = 0;
  while (ReadFile(input, bytes, sizeof bytes, &size, nullptr) && size > 0) {
    pending.append(bytes, size);
    for (size_t end; (end = pending.find('\n')) != std::string::npos;) {
      std::string text = pending.substr(0, end);
      pending.erase(0, end + 1);
      if (!text.empty() && text.back() == '\r') text.pop_back();
      line(text);
    }
  }
  atEnd_ = true;
  keys_.news();
}

void Keyboard::line(const std::string& text) {
  if (text == "\x06") return keys_.breakIn();
  EnterCriticalSection(&lock_);
  const bool first = lines_.empty();
  lines_.push_back(text);
  LeaveCriticalSection(&lock_);
  keys_.news();
  // Lines are carried out in their order; nobody waits for a target that runs to read those before this one.
  if (text == LEAVE && (first || running)) leaveSoon();
}

// The Continue of a `g` goes out some time after the wait has begun: who leaves before it leaves a target that stands. And a
// command that has begun is given the time that it commonly takes, before it is given up.
void Keyboard::leaveSoon() {
  const ULONGLONG asked = GetTickCount64();
  while (running ? GetTickCount64() - runningSince_ < CONTINUE_MS : GetTickCount64() - asked < COMMAND_MS) Sleep(10);
  keys_.leave();
}

void Keyboard::runs() {
  runningSince_ = GetTickCount64();
  running = true;
  EnterCriticalSection(&lock_);
  const bool leaving = !lines_.empty() && lines_.front() == LEAVE;
  LeaveCriticalSection(&lock_);
  if (leaving) CloseHandle(CreateThread(nullptr, 0, leavingSoon, this, 0, nullptr));
}
