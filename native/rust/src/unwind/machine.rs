//! What an unwinder must know of a processor: its registers, by DWARF's numbers, and what its signal handlers return
//! to.

/// x86_64 has 17, aarch64 has 33 with sp and pc.
pub const MAX_REGISTERS: usize = 33;

#[derive(Debug, PartialEq, Eq)]
pub struct Machine {
    pub registers: usize,
    pub ip: u8,
    pub sp: u8,
    pub fp: u8,
    /// A call leaves the return address here, not on the stack.
    pub link: Option<u8>,
    /// Bits of a return address that are address. The others sign it, where pointer authentication is on: 48 bits of
    /// user addresses are what Linux hands out unless a program asks for more.
    pub address_mask: u64,
    /// `e_machine` of its ELF files.
    pub elf: u16,
    pub vendor: gimli::Vendor,
    /// The code that a signal handler returns to, `mov __NR_rt_sigreturn, …; syscall`, in every form that C libraries,
    /// runtimes and the kernel have: one list for the unwinder and the symbolizer. Only some of it has unwind data or a
    /// symbol. gdb knows these bytes, too.
    pub sigreturn: &'static [&'static [u8]],
    /// Where the kernel saves each register, in bytes from sp at those instructions: linux/arch/*/include/uapi/asm/
    /// sigcontext.h and ucontext.h. By register number.
    pub signal_frame: &'static [i64],
}

pub const X86_64: Machine = Machine {
    registers: 17,
    ip: 16,
    sp: 7,
    fp: 6,
    link: None,
    address_mask: !0,
    elf: 62,
    vendor: gimli::Vendor::Default,
    sigreturn: &[
        // mov $15, %rax, as glibc has it
        &[0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05],
        // mov $15, %eax, as Go has it
        &[0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05],
    ],
    signal_frame: &[
        144, 136, 152, 128, 112, 104, 120, 160, 40, 48, 56, 64, 72, 80, 88, 96, 168,
    ],
};

pub const AARCH64: Machine = Machine {
    registers: 33,
    ip: 32,
    sp: 31,
    fp: 29,
    link: Some(30),
    address_mask: (1 << 48) - 1,
    elf: 183,
    vendor: gimli::Vendor::AArch64,
    // mov x8, #139; svc #0
    sigreturn: &[&[0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4]],
    signal_frame: &{
        let mut at = [0; 33];
        let mut register = 0;
        while register < 33 {
            at[register] = 312 + 8 * register as i64;
            register += 1;
        }
        at
    },
};

impl Machine {
    pub fn is_sigreturn(&self, code: &[u8]) -> bool {
        self.sigreturn.iter().any(|form| code.starts_with(form))
    }
}

#[cfg(target_arch = "x86_64")]
pub const NATIVE: &Machine = &X86_64;
#[cfg(target_arch = "aarch64")]
pub const NATIVE: &Machine = &AARCH64;

/// The values of a frame's registers. Some are unknown: the caller had none, or a frame without unwind data may have
/// used them.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    values: [u64; MAX_REGISTERS],
    known: u64,
}

impl Default for Registers {
    fn default() -> Self {
        Self::new([0; MAX_REGISTERS], 0)
    }
}

impl Registers {
    pub fn new(values: [u64; MAX_REGISTERS], known: u64) -> Self {
        Self { values, known }
    }

    pub fn get(&self, register: u8) -> Option<u64> {
        let known = u32::from(register) < 64 && self.known >> register & 1 == 1;
        known.then(|| self.values.get(usize::from(register)).copied())?
    }

    pub fn set(&mut self, register: u8, value: Option<u64>) {
        let Some(place) = self.values.get_mut(usize::from(register)) else {
            return;
        };
        self.known &= !(1 << register);
        if let Some(value) = value {
            *place = value;
            self.known |= 1 << register;
        }
    }
}
