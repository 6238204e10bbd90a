-- Neither the libraries are there, nor what could load them.
if io == nil and require == nil and package == nil and dofile == nil and loadfile == nil and os.execute == nil then
  return 'refused'
end
return io.open('/etc/passwd'):read('a')
