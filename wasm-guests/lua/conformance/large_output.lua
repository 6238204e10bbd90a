return ('x'):rep(1024 * 1024)
