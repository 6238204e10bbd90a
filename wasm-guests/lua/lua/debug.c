/* Of the debug library, what cannot reach into other functions. */

#include "ldblib.c"

static const luaL_Reg functions[] = {{"traceback", db_traceback}, {NULL, NULL}};

int switchhook_open_debug(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
