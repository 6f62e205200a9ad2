// What kd's command line says, as far as this host understands it. Source: "KD Command-Line Options".
#pragma once
#include <string>
#include <vector>

struct Options {
  std::string engine;      // -engine FILE (ours): the dbgeng.dll to load; without it the one beside this program
  std::string server;      // -server npipe:pipe=X | tcp:port=N
  std::string remote;      // -remote npipe:server=HOST,pipe=X | tcp:server=HOST,port=N
  std::string kernel;      // -k com:… | net:…
  std::string symbolPath;  // -y, or _NT_SYMBOL_PATH
  std::string imagePath;   // -i, or _NT_EXECUTABLE_IMAGE_PATH
  std::string log;         // -logo, -loga, or _NT_DEBUG_LOG_FILE_OPEN, …_APPEND
  bool append = false;
  std::vector<std::string> commands;  // -c, -cf: carried out at the first prompt
  unsigned lines = 10000;             // -clines: lines of history a client asks for
  bool breakOnce = false;             // -b: break in as soon as there is a connection
  bool breakOnConnect = false;        // -bonc: break in as soon as the session begins
  bool silent = false;                // -noio: no prompt, no input
  bool trace = false;                 // -trace (ours): the engine tells every packet of the protocol
};

// Reads the command line and the environment. Ends the program with exit code 2 at an option that it does not know.
Options readOptions(int count, char** words);

// A path as Windows has it: one that begins with / is of the host system, which Wine shows as drive Z.
std::string windowsPath(const std::string& path);
