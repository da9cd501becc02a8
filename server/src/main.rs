//! The program's door: everything else is in the library beside it, so that tests and benchmarks reach it too.

fn main() -> std::process::ExitCode {
    server::cli::main()
}
