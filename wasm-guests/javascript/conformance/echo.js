return call;
