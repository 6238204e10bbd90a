-- Calls of a function in Lua itself. Arguments: the function's file, and the call's file. For each line of input, a number, it
-- makes so many calls and prints the seconds that one took. Without input it makes one call. A call is read from JSON, and its
-- result is written as JSON.
local cjson = require "cjson"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

local call = read(arg[2])
-- The sandbox gives a function `call` and `log`, whichever form the function has.
log = setmetatable({}, {__index = function() return function() end end})
local main = assert(load("local call = ...\n" .. read(arg[1]), arg[1]))

local function run()
  local argument = cjson.decode(call)
  local result = main(argument)
  if type(result) == "function" then result = result(argument) end
  return cjson.encode(result)
end

local called = false
for line in io.lines() do
  local calls = tonumber(line)
  called = true
  local began = os.clock()
  for _ = 1, calls do run() end
  print((os.clock() - began) / calls)
  io.stdout:flush()
end
if not called then print(run()) end
