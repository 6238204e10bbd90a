return call
