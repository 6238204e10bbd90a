print("one")
log.warn("two")
log.error("three")
return 1
