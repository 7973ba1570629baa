//! `PageHeader` of Parquet: what pages say of their sizes, held against the footer and a limit before
//! memory is taken for them.

use std::ops::Range;

use parquet::file::metadata::ParquetMetaData;

use crate::error::{code, Error, Result};

/// No writer makes larger pages unless a single value is that large.
pub const LARGEST_PAGE: u64 = 256 << 20;

/// As much of a page's header is looked at.
pub const LONGEST_HEADER: u64 = 64 << 10;

/// The sizes that the header of a page tells.
#[derive(Debug, PartialEq)]
struct PageSizes {
    header: usize,
    compressed: usize,
    uncompressed: u64,
}

/// Structures within structures; a page's header has two levels.
const MAX_DEPTH: usize = 8;

/// Reads the compact protocol of Thrift.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn integer(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            1 | 2 => {}
            3 => self.at += 1,
            4..=6 => {
                self.varint()?;
            }
            7 => self.at += 8,
            8 => self.at = self.at.checked_add(usize::try_from(self.varint()?).ok()?)?,
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                for _ in 0..count {
                    self.skip(if head & 15 <= 2 { 3 } else { head & 15 }, depth + 1)?;
                    (self.at <= self.bytes.len()).then_some(())?;
                }
            }
            12 => self.structure(depth + 1, &mut |_, _| ())?,
            _ => return None,
        }
        Some(())
    }

    /// Reads a structure; `see` gets its integers by their field numbers.
    fn structure(&mut self, depth: usize, see: &mut dyn FnMut(i64, i64)) -> Option<()> {
        (depth < MAX_DEPTH).then_some(())?;
        let mut number = 0;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            number = if head >> 4 == 0 { self.integer()? } else { number + i64::from(head >> 4) };
            match head & 15 {
                4..=6 => see(number, self.integer()?),
                kind => self.skip(kind, depth)?,
            }
        }
    }
}

impl PageSizes {
    /// Nothing for what is no header.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader { bytes, at: 0 };
        let (mut uncompressed, mut compressed) = (-1, -1);
        reader.structure(0, &mut |field, value| match field {
            2 => uncompressed = value,
            3 => compressed = value,
            _ => {}
        })?;
        Some(Self {
            header: reader.at,
            compressed: usize::try_from(compressed).ok()?,
            uncompressed: u64::try_from(uncompressed).ok()?,
        })
    }
}

/// `chunk` is what all pages of the column chunk take, by the footer.
fn check_size(uncompressed: u64, chunk: u64) -> Result<()> {
    if uncompressed > chunk {
        let text = format!(
            "A page says that it unpacks to {uncompressed} bytes, of {chunk} in its column chunk."
        );
        return Err(Error::new(code::CORRUPT_DATA, text));
    }
    if uncompressed > LARGEST_PAGE {
        let text = format!(
            "A page unpacks to {uncompressed} bytes; the largest that is read has {LARGEST_PAGE}."
        );
        return Err(Error::new(code::RESOURCES_EXHAUSTED, text));
    }
    Ok(())
}

/// Checks the pages that `bytes` consists of, up to one whose header makes no sense: the decoder says
/// what is wrong with it.
fn check_pages(mut bytes: &[u8], chunk: u64) -> Result<()> {
    while let Some(page) = PageSizes::read(bytes) {
        check_size(page.uncompressed, chunk)?;
        match bytes.get(page.header.saturating_add(page.compressed)..) {
            Some(rest) if !rest.is_empty() => bytes = rest,
            _ => break,
        }
    }
    Ok(())
}

/// The column chunks of a file by where they begin.
#[derive(Debug)]
pub struct ColumnChunks(Vec<ColumnChunk>);

#[derive(Debug)]
struct ColumnChunk {
    start: u64,
    uncompressed: u64,
    group: usize,
    column: usize,
}

impl ColumnChunks {
    pub fn new(footer: &ParquetMetaData) -> Self {
        let mut chunks = Vec::new();
        for (group, columns) in footer.row_groups().iter().enumerate() {
            for (column, chunk) in columns.columns().iter().enumerate() {
                let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
                let uncompressed = u64::try_from(chunk.uncompressed_size()).unwrap_or(0);
                let start = u64::try_from(start).unwrap_or(u64::MAX);
                chunks.push(ColumnChunk { start, uncompressed, group, column });
            }
        }
        chunks.sort_unstable_by_key(|chunk| chunk.start);
        Self(chunks)
    }

    /// What the chunk takes, by the footer, whose pages begin at `offset`: at the first one, or at one
    /// that the page index of `footer` knows. Nothing for other places.
    fn pages_at(&self, footer: &ParquetMetaData, offset: u64) -> Option<u64> {
        let behind = self.0.partition_point(|chunk| chunk.start <= offset);
        let chunk = self.0.get(behind.checked_sub(1)?)?;
        let is_page = chunk.start == offset || {
            let pages =
                footer.offset_index()?.get(chunk.group)?.get(chunk.column)?.page_locations();
            let offset = i64::try_from(offset).ok()?;
            pages.binary_search_by_key(&offset, |page| page.offset).is_ok()
        };
        is_page.then_some(chunk.uncompressed)
    }

    /// Checks the header of the page at `offset`, of which `bytes` is the begin.
    pub fn check_header(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        let behind = self.0.partition_point(|chunk| chunk.start <= offset);
        let Some(chunk) = behind.checked_sub(1).and_then(|index| self.0.get(index)) else {
            return Ok(());
        };
        let mut uncompressed = None;
        // The sizes come first; the rest of a header may be long.
        let whole = Reader { bytes, at: 0 }.structure(0, &mut |field, value| {
            if field == 2 {
                uncompressed = u64::try_from(value).ok();
            }
        });
        match uncompressed {
            Some(size) => check_size(size, chunk.uncompressed),
            None if whole.is_none() && bytes.len() as u64 >= LONGEST_HEADER => {
                Err(Error::new(code::CORRUPT_DATA, "The header of a page does not tell its size."))
            }
            None => Ok(()),
        }
    }

    /// Checks what was read of a file's ranges.
    pub fn check<'a>(
        &self,
        footer: &ParquetMetaData,
        read: impl Iterator<Item = (&'a Range<u64>, &'a [u8])>,
    ) -> Result<()> {
        for (range, bytes) in read {
            if let Some(chunk) = self.pages_at(footer, range.start) {
                check_pages(bytes, chunk)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A data page whose header has a structure and a text in it.
    const HEADER: &[u8] =
        &[0x15, 0, 0x15, 0xc8, 0x01, 0x15, 6, 0x2c, 0x15, 2, 0x18, 3, b'a', b'b', b'c', 0, 0];

    #[test]
    fn sizes_are_read_and_the_rest_is_skipped() {
        let expected = PageSizes { header: HEADER.len(), compressed: 3, uncompressed: 100 };
        assert_eq!(PageSizes::read(HEADER), Some(expected));
        for length in 0..HEADER.len() {
            assert_eq!(PageSizes::read(&HEADER[..length]), None, "{length}");
        }
        assert_eq!(PageSizes::read(&[0x15, 0, 0x15, 1, 0x15, 6, 0]), None, "a negative size");
        assert_eq!(PageSizes::read(&[0x1c; 100]), None, "structures without end");
        assert_eq!(
            PageSizes::read(&[0x19, 0xfc, 0xff, 0xff, 0xff, 0x7f]),
            None,
            "a list without end"
        );
    }

    #[test]
    fn pages_are_held_against_chunk_and_limit() {
        let pages = [HEADER, b"xyz", HEADER, b"xyz"].concat();
        assert!(check_pages(&pages, 200).is_ok());
        let code = |result: Result<()>| result.err().map(|error| error.code().to_string());
        assert_eq!(code(check_pages(&pages, 99)), Some(code::CORRUPT_DATA.to_string()));
        let large = [0x15, 0, 0x15, 0x80, 0x80, 0x80, 0x80, 0x04, 0x15, 6, 0];
        let exhausted = Some(code::RESOURCES_EXHAUSTED.to_string());
        assert_eq!(code(check_pages(&large, u64::MAX)), exhausted);
        assert!(check_pages(b"no header", 10).is_ok());
    }
}
