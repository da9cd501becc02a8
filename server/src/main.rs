//! The program's door: everything else is in the library beside it, so that tests and benchmarks reach it too.

/// Many small JSON values come and go with every request; measured, this allocator takes a tenth off a registration.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    server::cli::main()
}
