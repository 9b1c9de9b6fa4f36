//! Reads from an ELF file what unwinding needs, and nothing else. The file may be cut off, hostile or not ELF at all:
//! every size is bounded before memory is taken for it. It is read and not mapped, because a file that shrinks under a
//! mapping kills the process that reads it.
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;

/// For one section: Chromium's .eh_frame has 20 MiB.
const MAX_SECTION_BYTES: u64 = 64 << 20;
const MAX_HEADERS: u64 = 1 << 16;
const MAX_NAMES_BYTES: u64 = 1 << 20;

const PT_LOAD: u32 = 1;
const PT_GNU_EH_FRAME: u32 = 0x6474_e550;
const PF_X: u32 = 1;
const SHT_NOBITS: u32 = 8;
const SHF_COMPRESSED: u64 = 0x800;
const ELFCOMPRESS_ZLIB: u32 = 1;

pub trait Source {
    /// Exactly so many bytes, or none.
    fn read_at(&self, offset: u64, bytes: u64) -> Option<Vec<u8>>;
    /// From there to the end, at most so many.
    fn read_up_to(&self, offset: u64, bytes: u64) -> Option<Vec<u8>>;
}

impl Source for [u8] {
    fn read_at(&self, offset: u64, bytes: u64) -> Option<Vec<u8>> {
        let offset = usize::try_from(offset).ok()?;
        let end = offset.checked_add(usize::try_from(bytes).ok()?)?;
        Some(self.get(offset..end)?.to_vec())
    }

    fn read_up_to(&self, offset: u64, bytes: u64) -> Option<Vec<u8>> {
        let left = (self.len() as u64).checked_sub(offset)?;
        Source::read_at(self, offset, left.min(bytes))
    }
}

impl Source for File {
    fn read_at(&self, offset: u64, bytes: u64) -> Option<Vec<u8>> {
        let end = offset.checked_add(bytes)?;
        if end > self.metadata().ok()?.len() {
            return None;
        }
        let mut buffer = vec![0; usize::try_from(bytes).ok()?];
        self.read_exact_at(&mut buffer, offset).ok()?;
        Some(buffer)
    }

    fn read_up_to(&self, offset: u64, bytes: u64) -> Option<Vec<u8>> {
        let left = self.metadata().ok()?.len().checked_sub(offset)?;
        Source::read_at(self, offset, left.min(bytes))
    }
}

/// Bytes that the linker gave an address.
#[derive(Debug, Default)]
pub struct Section {
    pub address: u64,
    pub bytes: Vec<u8>,
}

/// A piece of the file that is mapped as code.
#[derive(Clone, Copy, Debug)]
struct Load {
    offset: u64,
    address: u64,
    file_bytes: u64,
}

#[derive(Debug, Default)]
pub struct Elf {
    loads: Vec<Load>,
    pub eh_frame: Section,
    pub eh_frame_hdr: Section,
    /// Never mapped.
    pub debug_frame: Section,
    /// Go's table of its functions.
    pub gopclntab: Section,
    /// The address of the code.
    pub text: Option<u64>,
}

impl Elf {
    /// The linker's address of a byte of the file, in a piece that is executable.
    pub fn address_of(&self, file_offset: u64) -> Option<u64> {
        let inside = |load: &&Load| file_offset.wrapping_sub(load.offset) < load.file_bytes;
        let load = self.loads.iter().find(inside)?;
        Some(file_offset.wrapping_sub(load.offset).wrapping_add(load.address))
    }

    pub fn heap_bytes(&self) -> usize {
        self.eh_frame.bytes.len() + self.eh_frame_hdr.bytes.len() + self.debug_frame.bytes.len()
    }

    /// Nothing where this is no 64-bit ELF file of the machine's own byte order.
    pub fn read<S: Source + ?Sized>(source: &S, machine: u16) -> Option<Self> {
        let header = source.read_at(0, 64)?;
        let class_and_order = [2, if cfg!(target_endian = "little") { 1 } else { 2 }];
        if header[..4] != *b"\x7fELF" || header[4..6] != class_and_order || u16_at(&header, 18)? != machine {
            return None;
        }
        let mut elf = Self::default();
        let segments = table(
            source,
            u64_at(&header, 32)?,
            u16_at(&header, 54)?,
            u16_at(&header, 56)?.into(),
            56,
        )?;
        let mut hdr_segment = None;
        for segment in &segments {
            let (kind, flags) = (u32_at(segment, 0)?, u32_at(segment, 4)?);
            let load = Load {
                offset: u64_at(segment, 8)?,
                address: u64_at(segment, 16)?,
                file_bytes: u64_at(segment, 32)?,
            };
            match kind {
                PT_LOAD if flags & PF_X != 0 => elf.loads.push(load),
                PT_GNU_EH_FRAME => hdr_segment = Some(load),
                _ => {}
            }
        }
        elf.read_sections(source, &header);
        if let (Some(load), true) = (hdr_segment, elf.eh_frame.bytes.is_empty()) {
            elf.read_segment(source, load, &segments);
        }
        Some(elf)
    }

    fn read_sections<S: Source + ?Sized>(&mut self, source: &S, header: &[u8]) -> Option<()> {
        let (offset, size) = (u64_at(header, 40)?, u16_at(header, 58)?);
        if offset == 0 {
            return None;
        }
        // Where there are more than 16 bits hold, the first header has the numbers.
        let first = source.read_at(offset, 64)?;
        let count = match u16_at(header, 60)? {
            0 => u64_at(&first, 32)?,
            count => count.into(),
        };
        let names = match u16_at(header, 62)? {
            0xffff => u32_at(&first, 40)?.into(),
            index => u64::from(index),
        };
        let sections = table(source, offset, size, count, 64)?;
        let names = sections.get(usize::try_from(names).ok()?)?;
        let names = source.read_at(u64_at(names, 24)?, u64_at(names, 32)?.min(MAX_NAMES_BYTES))?;
        for section in &sections {
            let name = names.get(u32_at(section, 0)? as usize..).unwrap_or_default();
            let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
            let place = match name {
                b".eh_frame" => &mut self.eh_frame,
                b".eh_frame_hdr" => &mut self.eh_frame_hdr,
                b".debug_frame" | b".zdebug_frame" => &mut self.debug_frame,
                b".gopclntab" | b".data.rel.ro.gopclntab" => &mut self.gopclntab,
                b".text" => {
                    self.text = u64_at(section, 16);
                    continue;
                }
                _ => continue,
            };
            if let Some(bytes) = section_bytes(source, section, name.starts_with(b".z")) {
                *place = Section {
                    address: u64_at(section, 16)?,
                    bytes,
                };
            }
        }
        Some(())
    }

    /// Some files have no section headers. The segment leads to .eh_frame, which ends where the file's piece ends.
    fn read_segment<S: Source + ?Sized>(&mut self, source: &S, hdr: Load, segments: &[Vec<u8>]) -> Option<()> {
        let bytes = source.read_at(hdr.offset, hdr.file_bytes.min(MAX_SECTION_BYTES))?;
        let bases = gimli::BaseAddresses::default().set_eh_frame_hdr(hdr.address);
        let parsed = gimli::EhFrameHdr::new(&bytes, gimli::NativeEndian)
            .parse(&bases, 8)
            .ok()?;
        let gimli::Pointer::Direct(address) = parsed.eh_frame_ptr() else {
            return None;
        };
        for segment in segments {
            let (offset, start, length) = (u64_at(segment, 8)?, u64_at(segment, 16)?, u64_at(segment, 32)?);
            let skip = address.wrapping_sub(start);
            if u32_at(segment, 0)? == PT_LOAD && skip < length {
                let bytes = source.read_up_to(offset.wrapping_add(skip), (length - skip).min(MAX_SECTION_BYTES))?;
                self.eh_frame = Section { address, bytes };
            }
        }
        self.eh_frame_hdr = Section {
            address: hdr.address,
            bytes,
        };
        Some(())
    }
}

fn section_bytes<S: Source + ?Sized>(source: &S, section: &[u8], old_compression: bool) -> Option<Vec<u8>> {
    let (kind, flags) = (u32_at(section, 4)?, u64_at(section, 8)?);
    let (offset, size) = (u64_at(section, 24)?, u64_at(section, 32)?);
    if kind == SHT_NOBITS || size > MAX_SECTION_BYTES {
        return None;
    }
    let bytes = source.read_at(offset, size)?;
    if flags & SHF_COMPRESSED != 0 {
        let zlib = u32_at(&bytes, 0)? == ELFCOMPRESS_ZLIB;
        return zlib.then(|| inflate(bytes.get(24..)?, u64_at(&bytes, 8)?))?;
    }
    if old_compression {
        let size = u64::from_be_bytes(bytes.get(4..12)?.try_into().ok()?);
        return inflate(bytes.get(12..)?, size);
    }
    Some(bytes)
}

fn inflate(bytes: &[u8], size: u64) -> Option<Vec<u8>> {
    if size > MAX_SECTION_BYTES {
        return None;
    }
    let mut whole = Vec::with_capacity(size as usize);
    flate2::read::ZlibDecoder::new(bytes)
        .take(size)
        .read_to_end(&mut whole)
        .ok()?;
    Some(whole)
}

/// A table of headers, each at least so large as it must be.
fn table<S: Source + ?Sized>(source: &S, offset: u64, size: u16, count: u64, least: u16) -> Option<Vec<Vec<u8>>> {
    if size < least || size > 1024 || count > MAX_HEADERS {
        return None;
    }
    let bytes = source.read_at(offset, u64::from(size) * count)?;
    Some(bytes.chunks_exact(size.into()).map(<[u8]>::to_vec).collect())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
