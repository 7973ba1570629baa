//! The bytes of a variant (Parquet, "Variant Binary Encoding"), checked before they are decoded: the
//! decoder recurses, and visits a value as often as offsets lead to it.

use parquet_variant::{Variant, VariantMetadata};

use crate::border::error::{code, Error, Result};

/// How deep arrays and objects may be nested.
pub const DEPTH_LIMIT: usize = 500;

fn corrupt(what: impl std::fmt::Display) -> Error {
    Error::new(code::CORRUPT_DATA, format!("A variant is malformed: {what}"))
}

/// A little-endian number of 1 to 4 bytes.
fn number(bytes: &[u8], start: usize, width: usize) -> Option<usize> {
    let bytes = bytes.get(start..start.checked_add(width)?)?;
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate() {
        number |= usize::from(*byte) << (8 * index);
    }
    Some(number)
}

/// Bytes of a primitive value after its header, of which `rest` is what follows; 0 for a type that is
/// not known.
fn primitive_size(kind: u8, rest: &[u8]) -> Option<usize> {
    Some(match kind {
        3 => 1,
        4 => 2,
        5 | 11 | 14 => 4,
        8 => 5,
        6 | 7 | 12 | 13 | 17 | 18 | 19 => 8,
        9 => 9,
        20 => 16,
        10 => 17,
        15 | 16 => number(rest, 0, 4)?.checked_add(4)?,
        _ => 0,
    })
}

/// Where the values in an array or object are.
struct Children {
    /// Of the offsets.
    start: usize,
    width: usize,
    count: usize,
    /// What offsets count from.
    values: usize,
    end: usize,
    /// Whether a value ends where the next one begins.
    are_in_order: bool,
}

impl Children {
    /// Of the value at `start` that ends before `end`; nothing for what is no container.
    fn of(bytes: &[u8], start: usize, end: usize) -> Option<Option<Self>> {
        let bytes = bytes.get(..end)?;
        let header = *bytes.get(start)?;
        let rest = bytes.get(start + 1..)?;
        let flags = header >> 2;
        let (is_object, size) = match header & 3 {
            0 => (false, Some(primitive_size(flags, rest)?)),
            1 => (false, Some(usize::from(flags))),
            kind => (kind == 2, None),
        };
        if let Some(size) = size {
            return (size <= rest.len()).then_some(None);
        }
        let width = usize::from(flags & 3) + 1;
        let (id_width, large) = match is_object {
            true => (usize::from(flags >> 2 & 3) + 1, flags >> 4 & 1),
            false => (0, flags >> 2 & 1),
        };
        let count_width = if large == 1 { 4 } else { 1 };
        let count = number(bytes, start + 1, count_width)?;
        let offsets = (start + 1 + count_width).checked_add(count.checked_mul(id_width)?)?;
        let values = offsets.checked_add(count.checked_add(1)?.checked_mul(width)?)?;
        let mut children =
            Self { start: offsets, width, count, values, end: 0, are_in_order: !is_object };
        children.end = children.offset(bytes, count)?;
        (children.end <= end).then_some(Some(children))
    }

    fn offset(&self, bytes: &[u8], index: usize) -> Option<usize> {
        self.values.checked_add(number(bytes, self.start + index * self.width, self.width)?)
    }

    /// Where a value begins, and before where it ends.
    fn child(&self, bytes: &[u8], index: usize) -> Option<(usize, usize)> {
        let start = self.offset(bytes, index)?;
        let end = match self.are_in_order {
            true => self.offset(bytes, index + 1)?,
            false => self.end,
        };
        (start < end && end <= self.end).then_some((start, end))
    }
}

/// Checks that a value is within its bytes, that it is not nested too deep, and that no part of it is in
/// it twice.
pub fn check_value(bytes: &[u8]) -> Result<()> {
    let truncated = || corrupt("it ends too early");
    // Containers that are being visited, and the child that comes next.
    let mut open: Vec<(Children, usize)> = Vec::new();
    let mut visited = 0;
    let (mut start, mut end) = (0, bytes.len());
    loop {
        // Each value has a byte of its own.
        visited += 1;
        if visited > bytes.len().max(1) {
            return Err(corrupt("values overlap"));
        }
        if let Some(children) = Children::of(bytes, start, end).ok_or_else(truncated)? {
            if open.len() == DEPTH_LIMIT {
                return Err(corrupt(format!("it is nested deeper than {DEPTH_LIMIT}")));
            }
            open.push((children, 0));
        }
        (start, end) = loop {
            let Some((children, next)) = open.last_mut() else { return Ok(()) };
            if *next < children.count {
                *next += 1;
                break children.child(bytes, *next - 1).ok_or_else(truncated)?;
            }
            open.pop();
        };
    }
}

/// Decodes variants one by one, of which many have the same dictionary.
#[derive(Default)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    metadata: Option<VariantMetadata<'a>>,
}

impl<'a> Decoder<'a> {
    /// The variant, checked as a whole: no access to it fails.
    pub fn decode(&mut self, metadata: &'a [u8], value: &'a [u8]) -> Result<Variant<'a, 'a>> {
        check_value(value)?;
        let metadata = match &self.metadata {
            Some(known) if self.bytes == metadata => known.clone(),
            _ => {
                self.bytes = metadata;
                let decoded = VariantMetadata::try_new(metadata).map_err(corrupt)?;
                self.metadata.insert(decoded).clone()
            }
        };
        Variant::try_new_with_metadata(metadata, value).map_err(corrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An array of one element, nested `depth` times around a null.
    fn nested(depth: usize) -> Vec<u8> {
        let mut value = vec![0];
        for _ in 0..depth {
            let mut outer = vec![0b1111, 1, 0, 0, 0, 0];
            outer[0] = 0b0000_1111; // Offsets of four bytes.
            outer.truncate(2);
            outer.extend(0u32.to_le_bytes());
            outer.extend((value.len() as u32).to_le_bytes());
            outer.extend(&value);
            value = outer;
        }
        value
    }

    #[test]
    fn depth_is_bounded() {
        assert!(check_value(&nested(DEPTH_LIMIT)).is_ok());
        let error = check_value(&nested(DEPTH_LIMIT + 1)).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("nested deeper than 500")));
        let deep = nested(DEPTH_LIMIT);
        assert!(Decoder::default().decode(&[1, 0, 0], &deep).is_ok());
    }

    #[test]
    fn values_that_overlap_are_refused() {
        // Two fields with one offset, 60 levels: 2^60 values in a few hundred bytes.
        let mut value = vec![0];
        for _ in 0..60 {
            let mut outer = vec![0b0000_0110, 2, 0, 1];
            for offset in [0, 0, value.len() as u16] {
                outer.extend(offset.to_le_bytes());
            }
            outer.extend(&value);
            value = outer;
        }
        let error = check_value(&value).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("overlap")));
    }

    #[test]
    fn no_bytes_crash_it() {
        // Every header with every following byte, cut at every length.
        for header in 0..=255u8 {
            for count in [0u8, 1, 2, 255] {
                let bytes = [header, count, 255, 255, 0, 0, 1, 0, 0];
                for end in 0..=bytes.len() {
                    let _ = Decoder::default().decode(&[1, 0, 0], &bytes[..end]);
                    let _ = Decoder::default().decode(&bytes[..end], &[0]);
                }
            }
        }
    }
}
