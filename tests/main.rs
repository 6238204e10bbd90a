//! Black-box tests: the real binary, real HTTP, a real SQLite file.

mod blackbox {
    mod command_line;
    mod crash;
    mod functions;
    mod hostile;
    mod isolation;
    mod module;
    mod requests;
    mod server;
    mod snapshots;
    mod workloads;
}
