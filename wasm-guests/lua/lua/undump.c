/* In the place of lundump.c and ldump.c: code made by hand could break the interpreter, so there is none. */

#include "lprefix.h"

#include "ldo.h"
#include "lobject.h"
#include "lundump.h"

LClosure *luaU_undump(lua_State *L, ZIO *Z, const char *name) {
  (void)Z;
  luaO_pushfstring(L, "%s: binary chunks cannot be loaded", *name == '=' || *name == '@' ? name + 1 : name);
  luaD_throw(L, LUA_ERRSYNTAX);
}

int luaU_dump(lua_State *L, const Proto *f, lua_Writer w, void *data, int strip) {
  (void)L, (void)f, (void)w, (void)data, (void)strip;
  return 1;
}
