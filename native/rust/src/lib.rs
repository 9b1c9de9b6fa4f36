// SPDX-License-Identifier: MIT
//! The part of xcapture's addon that is written in Rust: one static library with a C interface.
//!
//! `unwind` finds the frames of user stacks (unwind.h). blazesym finds their names (native/symbolizing calls it).

// blazesym's C functions, which keep their names. Referred to, so that the compiler does not leave the crate out.
pub use blazesym_c::*;

pub mod unwind;
