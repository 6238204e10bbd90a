try:
    with open("/etc/passwd") as file:
        return file.read()
except OSError:
    pass
try:
    import socket
except ImportError:
    return "refused"
return socket.create_connection(("127.0.0.1", 80)).recv(100).decode()
