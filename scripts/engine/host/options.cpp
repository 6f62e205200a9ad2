#include "options.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

std::string windowsPath(const std::string& path) {
  if (path.empty() || path[0] != '/') return path;
  std::string windows = "Z:" + path;
  for (char& each : windows)
    if (each == '/') each = '\\';
  return windows;
}

// The elements of a symbol path stand between semicolons, those of a symbol server between asterisks.
static std::string windowsPaths(const std::string& paths) {
  std::string windows;
  size_t from = 0;
  while (from <= paths.size()) {
    const size_t to = paths.find_first_of(";*", from);
    windows += windowsPath(paths.substr(from, to == std::string::npos ? to : to - from));
    if (to == std::string::npos) break;
    windows += paths[to];
    from = to + 1;
  }
  return windows;
}

static std::string variable(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

static void readEnvironment(Options& options) {
  options.symbolPath = variable("_NT_SYMBOL_PATH");
  options.imagePath = variable("_NT_EXECUTABLE_IMAGE_PATH");
  options.log = variable("_NT_DEBUG_LOG_FILE_OPEN");
  if (options.log.empty()) {
    options.log = variable("_NT_DEBUG_LOG_FILE_APPEND");
    options.append = !options.log.empty();
  }
}

Options readOptions(int count, char** words) {
  Options options;
  readEnvironment(options);
  for (int at = 1; at < count; at++) {
    const std::string word = words[at];
    const auto value = [&]() -> std::string {
      if (at + 1 < count) return words[++at];
      fprintf(stderr, "%s needs a value\n", word.c_str());
      exit(2);
    };
    if (word == "-engine") options.engine = value();
    else if (word == "-server") options.server = value();
    else if (word == "-remote") options.remote = value();
    else if (word == "-k") options.kernel = value();
    else if (word == "-y") options.symbolPath = value();
    else if (word == "-i") options.imagePath = value();
    else if (word == "-c") options.commands.push_back(value());
    else if (word == "-cf") options.commands.push_back("$<" + windowsPath(value()));
    else if (word == "-clines") options.lines = strtoul(value().c_str(), nullptr, 10);
    else if (word == "-logo" || word == "-loga") {
      options.append = word == "-loga";
      options.log = value();
    } else if (word == "-b") options.breakOnce = true;
    else if (word == "-bonc") options.breakOnConnect = true;
    else if (word == "-noio") options.silent = true;
    else if (word == "-trace") options.trace = true;
    else {
      fprintf(stderr, "Unknown option '%s'\n", word.c_str());
      exit(2);
    }
  }
  options.engine = windowsPath(options.engine);
  options.log = windowsPath(options.log);
  options.symbolPath = windowsPaths(options.symbolPath);
  options.imagePath = windowsPaths(options.imagePath);
  return options;
}
