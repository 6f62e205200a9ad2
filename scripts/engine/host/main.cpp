// kd on the outside, Microsoft's debugger engine inside: kd's command line, keys and console text. For tests only.
#include <atomic>
#include <cstdio>
#include <string>

#include "engine.h"
#include "keyboard.h"
#include "options.h"

namespace {

// Everything but DEBUG_OUTPUT_VERBOSE (0x8) of what the engine prints.
const ULONG SHOWN = 0x7f7;
const ULONG PROTOCOL = 0x80000000;
const ULONG PROMPT_WAIT_MS = 50;
const int LOOKS_AT_JOINING = 4;

const char* const CLIENT_GONE = "Unable to reach the debugging server\n";

Engine engine;
Options options;

void print(const char* text, size_t size) {
  const HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
  for (DWORD written = 0; size > 0 && WriteFile(output, text, size, &written, nullptr); text += written) size -= written;
}

// Whether a prompt of the debugging server stands, as far as this client has seen.
bool promptStands = false;

class Console : public IDebugOutputCallbacks {
 public:
  STDMETHOD(QueryInterface)(REFIID id, PVOID* self) override {
    if (!IsEqualIID(id, IID_IUnknown) && !IsEqualIID(id, IID_IDebugOutputCallbacks)) return E_NOINTERFACE;
    *self = this;
    return S_OK;
  }
  STDMETHOD_(ULONG, AddRef)() override { return 1; }
  STDMETHOD_(ULONG, Release)() override { return 1; }
  STDMETHOD(Output)(ULONG mask, PCSTR text) override {
    if (mask == DEBUG_OUTPUT_PROMPT) promptStands = true;
    print(text, strlen(text));
    return S_OK;
  }
};

// A client learns from the engine itself that the target goes on: between two hits nobody could see it from outside.
class Changes : public DebugBaseEventCallbacks {
 public:
  STDMETHOD_(ULONG, AddRef)() override { return 1; }
  STDMETHOD_(ULONG, Release)() override { return 1; }
  STDMETHOD(GetInterestMask)(PULONG mask) override {
    *mask = DEBUG_EVENT_CHANGE_ENGINE_STATE;
    return S_OK;
  }
  STDMETHOD(ChangeEngineState)(ULONG flags, ULONG64 argument) override {
    if ((flags & DEBUG_CES_EXECUTION_STATUS) && static_cast<ULONG>(argument) != DEBUG_STATUS_BREAK) promptStands = false;
    return S_OK;
  }
};

// A break-in may be asked for before there is an engine to ask, which a client makes good as soon as it has joined.
std::atomic<bool> ready{false};
std::atomic<bool> askedEarly{false};

// The one call that may come from any thread.
void breakIn() {
  if (ready) engine.control->SetInterrupt(DEBUG_INTERRUPT_ACTIVE);
  else askedEarly = true;
}

// CTRL+B leaves the target as it is. The process ends as if it were killed: with ExitProcess, threads of the engine keep
// the connection to the target for some seconds now and then.
void leave() { TerminateProcess(GetCurrentProcess(), 0); }

void wakeUp();

Keyboard keyboard({breakIn, leave, wakeUp});

void wakeUp() {
  // A wait for the target ends only where the session is to end; a prompt looks at the keyboard by itself.
  if (keyboard.ended()) engine.control->SetInterrupt(DEBUG_INTERRUPT_EXIT);
  else engine.client->ExitDispatch(engine.client);
}

BOOL WINAPI consoleEvent(DWORD event) {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
  breakIn();
  return TRUE;
}

ULONG status() {
  ULONG now = DEBUG_STATUS_NO_DEBUGGEE;
  engine.control->GetExecutionStatus(&now);
  return now;
}

void prompt(ULONG control) {
  if (!options.silent) engine.control->OutputPrompt(control, " ");
}

void execute(const std::string& line) {
  engine.control->Execute(DEBUG_OUTCTL_ALL_CLIENTS, line.c_str(), DEBUG_EXECUTE_NOT_LOGGED);
}

// Carries out what is typed, here or by a client, until the target is to run or the session is over. False at the end of input.
bool serveStop() {
  std::string line;
  bool first = true;
  while (status() == DEBUG_STATUS_BREAK) {
    prompt(first ? DEBUG_OUTCTL_ALL_CLIENTS : DEBUG_OUTCTL_THIS_CLIENT);
    first = false;
    while (!keyboard.take(line)) {
      if (keyboard.ended()) return false;
      engine.client->DispatchCallbacks(PROMPT_WAIT_MS);
      if (status() != DEBUG_STATUS_BREAK) return true;
    }
    if (!options.log.empty()) engine.control->ControlledOutput(DEBUG_OUTCTL_LOG_ONLY, DEBUG_OUTPUT_PROMPT, "%s\n", line.c_str());
    execute(line);
  }
  return true;
}

void debugKernel() {
  if (!options.server.empty()) {
    const HRESULT started = engine.client->StartServer(options.server.c_str());
    if (FAILED(started)) fail("StartServer", started);
  }
  if (options.breakOnce || options.breakOnConnect) engine.control->AddEngineOptions(DEBUG_ENGOPT_INITIAL_BREAK);
  const HRESULT attached = engine.client->AttachKernel(DEBUG_ATTACH_KERNEL_CONNECTION, options.kernel.c_str());
  if (FAILED(attached)) fail("AttachKernel", attached);
  for (;;) {
    keyboard.runs();
    const HRESULT waited = engine.control->WaitForEvent(0, INFINITE);
    keyboard.running = false;
    if (keyboard.ended() || status() == DEBUG_STATUS_NO_DEBUGGEE) break;
    if (FAILED(waited)) fail("WaitForEvent", waited);
    engine.control->OutputCurrentState(DEBUG_OUTCTL_ALL_CLIENTS, DEBUG_CURRENT_DEFAULT);
    if (!serveStop() || status() == DEBUG_STATUS_NO_DEBUGGEE) break;
  }
  // Passive: nothing is sent to the target but what takes the engine's breakpoints out.
  engine.client->EndSession(DEBUG_END_PASSIVE);
}

// Whether the target has stood for so long that no hit can be what stopped it: nothing else tells a client that joins.
bool standsAtJoining() {
  for (int looks = 0; looks < LOOKS_AT_JOINING; looks++) {
    if (status() != DEBUG_STATUS_BREAK) return false;
    engine.client->DispatchCallbacks(PROMPT_WAIT_MS);
  }
  return true;
}

// A client types into a session that another kd owns; its lines are carried out as they come.
void joinSession() {
  static Changes changes;
  engine.client->SetEventCallbacks(&changes);
  const HRESULT joined = engine.client->ConnectSession(DEBUG_CONNECT_SESSION_DEFAULT, options.lines);
  if (FAILED(joined)) fail("ConnectSession", joined);
  if (options.breakOnConnect || askedEarly) breakIn();
  promptStands = false;
  const ULONG own = DEBUG_OUTCTL_THIS_CLIENT | DEBUG_OUTCTL_NOT_LOGGED;
  if (standsAtJoining() && !promptStands) prompt(own);
  std::string line;
  while (!keyboard.ended()) {
    const HRESULT dispatched = engine.client->DispatchCallbacks(PROMPT_WAIT_MS);
    if (FAILED(dispatched)) {
      print(CLIENT_GONE, strlen(CLIENT_GONE));
      return;
    }
    if (!keyboard.take(line)) continue;
    execute(line);
    if (promptStands && status() == DEBUG_STATUS_BREAK) prompt(own);
  }
}

}  // namespace

int main(int count, char** words) {
  options = readOptions(count, words);
  if (options.kernel.empty() == options.remote.empty()) {
    fprintf(stderr, "One of -k and -remote is needed\n");
    return 2;
  }
  SetConsoleCtrlHandler(consoleEvent, TRUE);
  engine = loadEngine(options.engine, options.remote);
  ready = true;
  static Console console;
  engine.client->SetOutputCallbacks(&console);
  engine.client->SetOutputMask(SHOWN | (options.trace ? PROTOCOL : 0));
  for (size_t at = options.commands.size(); at-- > 0;) keyboard.unread(options.commands[at]);
  if (options.remote.empty()) {
    if (!options.log.empty()) engine.control->OpenLogFile(options.log.c_str(), options.append);
    if (!options.symbolPath.empty()) engine.symbols->SetSymbolPath(options.symbolPath.c_str());
    if (!options.imagePath.empty()) engine.symbols->SetImagePath(options.imagePath.c_str());
  }
  if (!options.silent) keyboard.start();
  if (options.remote.empty()) debugKernel();
  else joinSession();
  leave();
}
