local function fail(what)
  if what then
    error('boom')
  end
end
fail(true)
