local text = ('x'):rep(1000)
local kept = {}
while true do kept[#kept + 1] = text .. #kept end
