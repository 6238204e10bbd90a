/* Of the library of the operating system, what asks for the time. */

#include <time.h>

struct tm *switchhook_broken_down(time_t time, int is_local, struct tm *result);
time_t switchhook_time(struct tm *local);
#define mktime(tm) switchhook_time(tm)

#include "loslib.c"

/* Clocks stand still during a call. */
static int zero(lua_State *L) {
  lua_pushnumber(L, 0);
  return 1;
}

static const luaL_Reg functions[] = {
  {"clock", zero}, {"date", os_date}, {"difftime", os_difftime}, {"time", os_time}, {NULL, NULL}
};

int switchhook_open_os(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
