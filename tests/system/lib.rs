//! Nothing stands here: the tests are in `tests/`.
