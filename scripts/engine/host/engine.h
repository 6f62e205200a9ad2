// Microsoft's debugger engine, loaded and never linked.
#pragma once
#include <windows.h>
#include <dbgeng.h>

#include <string>

struct Engine {
  HMODULE module = nullptr;
  IDebugClient* client = nullptr;
  IDebugControl* control = nullptr;
  IDebugSymbols* symbols = nullptr;
};

// Loads dbgeng.dll by its full path and makes a client of a session in this process, or of the debugging server that
// `remote` names. Prints what failed and ends the program with exit code 1.
Engine loadEngine(const std::string& file, const std::string& remote);

// Ends the program with exit code 1 and a line about what failed.
void fail(const char* what, HRESULT why);
