// SPDX-License-Identifier: MIT
//! What of xcapture's addon is written in Rust, as one static library with a C interface.

// blazesym's C functions, which keep their names. Referred to, so that the compiler does not leave the crate out.
pub use blazesym_c::*;

pub mod unwind;
