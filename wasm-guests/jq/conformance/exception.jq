# Throws where it says.
1
| error("boom")
