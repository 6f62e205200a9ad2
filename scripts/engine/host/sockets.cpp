#include <winsock2.h>

#include "sockets.h"

#include <cstring>

// The engine imports winsock when it first needs it; the table of those imports has this layout.
struct DelayedImports {
  DWORD attributes, name, module, addresses, names, boundAddresses, unloadInformation, timestamp;
};

static const int BROADCAST_OPTION = 22;
static const int SETSOCKOPT_ORDINAL = 21;

static int WSAAPI answered(SOCKET socket, int level, int option, const char* value, int size) {
  if (option == BROADCAST_OPTION && (level == 0 /* IP */ || level == 41 /* IPv6 */)) return 0;
  return setsockopt(socket, level, option, value, size);
}

static bool isSetsockopt(const char* base, ULONGLONG name) {
  if (IMAGE_SNAP_BY_ORDINAL64(name)) return IMAGE_ORDINAL64(name) == SETSOCKOPT_ORDINAL;
  return strcmp(reinterpret_cast<const IMAGE_IMPORT_BY_NAME*>(base + name)->Name, "setsockopt") == 0;
}

void answerBroadcastOptions(HMODULE engine) {
  char* const base = reinterpret_cast<char*>(engine);
  const auto dos = reinterpret_cast<IMAGE_DOS_HEADER*>(base);
  const auto headers = reinterpret_cast<IMAGE_NT_HEADERS64*>(base + dos->e_lfanew);
  const DWORD at = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT].VirtualAddress;
  if (at == 0) return;
  for (auto each = reinterpret_cast<DelayedImports*>(base + at); each->name != 0; each++) {
    if (_stricmp(base + each->name, "WS2_32.dll") != 0) continue;
    const auto names = reinterpret_cast<ULONGLONG*>(base + each->names);
    const auto addresses = reinterpret_cast<ULONGLONG*>(base + each->addresses);
    for (int index = 0; names[index] != 0; index++) {
      if (!isSetsockopt(base, names[index])) continue;
      DWORD before;
      VirtualProtect(&addresses[index], sizeof(ULONGLONG), PAGE_READWRITE, &before);
      addresses[index] = reinterpret_cast<ULONGLONG>(&answered);
      VirtualProtect(&addresses[index], sizeof(ULONGLONG), before, &before);
    }
  }
}
