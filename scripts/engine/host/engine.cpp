#include <initguid.h>

#include "engine.h"

#include <cstdio>

#include "sockets.h"

void fail(const char* what, HRESULT why) {
  fprintf(stderr, "%s failed, HRESULT 0x%08lX\n", what, static_cast<unsigned long>(why));
  ExitProcess(1);
}

static void checked(const char* what, HRESULT result) {
  if (FAILED(result)) fail(what, result);
}

template <typename Function>
static Function exported(HMODULE module, const char* name) {
  return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(module, name)));
}

static std::string besideThisProgram() {
  char file[MAX_PATH];
  GetModuleFileNameA(nullptr, file, sizeof file);
  const std::string path = file;
  return path.substr(0, path.rfind('\\') + 1) + "dbgeng.dll";
}

Engine loadEngine(const std::string& file, const std::string& remote) {
  Engine engine;
  const std::string path = file.empty() ? besideThisProgram() : file;
  // The altered search path looks for dbghelp.dll and the others in the folder of dbgeng.dll.
  engine.module = LoadLibraryExA(path.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
  if (!engine.module) fail(path.c_str(), HRESULT_FROM_WIN32(GetLastError()));
  answerBroadcastOptions(engine.module);
  void* client = nullptr;
  if (remote.empty()) {
    const auto create = exported<HRESULT(WINAPI*)(REFIID, void**)>(engine.module, "DebugCreate");
    checked("DebugCreate", create(IID_IDebugClient, &client));
  } else {
    const auto connect = exported<HRESULT(WINAPI*)(PCSTR, REFIID, void**)>(engine.module, "DebugConnect");
    checked("DebugConnect", connect(remote.c_str(), IID_IDebugClient, &client));
  }
  engine.client = static_cast<IDebugClient*>(client);
  checked("IDebugControl", engine.client->QueryInterface(IID_IDebugControl, reinterpret_cast<void**>(&engine.control)));
  checked("IDebugSymbols", engine.client->QueryInterface(IID_IDebugSymbols, reinterpret_cast<void**>(&engine.symbols)));
  return engine;
}
