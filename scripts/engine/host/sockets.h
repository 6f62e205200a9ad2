#pragma once
#include <windows.h>

// KDNET sets IP_RECEIVE_BROADCAST and IPV6_RECEIVE_BROADCAST. Wine 8 knows neither, and the engine takes the refusal for the
// end of KDNET. Has the engine's own calls of setsockopt answered with 0 for these two.
void answerBroadcastOptions(HMODULE engine);
