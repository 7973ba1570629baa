//! `PageHeader` and `FileMetaData` of Parquet: the sizes that they claim, held against what is there
//! and against limits before memory is taken for them.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use parquet::file::metadata::ParquetMetaData;

use crate::border::error::{code, Error, Result};

/// No writer makes larger pages unless a single value is that large.
pub const LARGEST_PAGE: u64 = 256 << 20;

/// Columns within columns: twice what a table's schema may have, as a list is two of them.
const DEEPEST_SCHEMA: usize = 1024;

/// As much of a page's header is looked at.
pub const LONGEST_HEADER: u64 = 64 << 10;

/// The sizes that the header of a page tells.
#[derive(Debug, PartialEq)]
struct PageSizes {
    header: usize,
    compressed: usize,
    uncompressed: u64,
    /// The values of a dictionary.
    dictionary: u64,
}

/// The field of a page's header that a dictionary has.
const DICTIONARY_HEADER: i64 = 7;

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
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.at = self.at.checked_add(length)?;
            }
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

    /// The numbers of children in the schema of a `FileMetaData`; nothing where there is no such list.
    fn schema(&mut self) -> Option<Vec<u64>> {
        loop {
            let head = self.byte()?;
            if head != 0x19 {
                // Before the schema there is nothing but the version.
                (head == 0x15).then_some(())?;
                self.varint()?;
                continue;
            }
            let head = self.byte()?;
            let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
            (head & 15 == 12).then_some(())?;
            let mut children = Vec::new();
            for _ in 0..count {
                let mut of_column = 0;
                self.structure(1, &mut |field, value| {
                    if field == 5 {
                        of_column = u64::try_from(value).unwrap_or(0);
                    }
                })?;
                children.push(of_column);
            }
            return Some(children);
        }
    }

    /// Reads a structure; `see` gets its integers by their field numbers.
    fn structure(&mut self, depth: usize, see: &mut dyn FnMut(i64, i64)) -> Option<()> {
        self.fields(depth, &mut |_, field, value| see(field, value), false)
    }

    /// Reads a structure, and those in it if `inner` says so; `see` gets the number of the structure's
    /// field before those of integers in it, 0 for its own.
    fn fields(
        &mut self,
        depth: usize,
        see: &mut dyn FnMut(i64, i64, i64),
        inner: bool,
    ) -> Option<()> {
        (depth < MAX_DEPTH).then_some(())?;
        let mut number = 0;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            number = if head >> 4 == 0 { self.integer()? } else { number + i64::from(head >> 4) };
            match head & 15 {
                4..=6 => see(0, number, self.integer()?),
                12 if inner => {
                    self.structure(depth + 1, &mut |field, value| see(number, field, value))?;
                }
                kind => self.skip(kind, depth)?,
            }
        }
    }
}

/// Checks that the columns of a footer's schema, which tell how many they have within them, make up a
/// tree of bounded depth. The decoder takes that for granted, and says what else is wrong.
pub fn check_schema(footer: &[u8]) -> Result<()> {
    let mut reader = Reader { bytes: footer, at: 0 };
    let wrong = |text: &str| Err(Error::new(code::CORRUPT_DATA, text));
    let Some(children) = reader.schema() else { return Ok(()) };
    // How many are still to come, from the root on down.
    let mut open: Vec<u64> = Vec::new();
    for (index, count) in children.iter().enumerate() {
        if index > 0 {
            let Some(missing) = open.last_mut() else {
                return wrong("The schema in the footer has a second root.");
            };
            *missing -= 1;
        }
        if *count > children.len() as u64 {
            return wrong("The schema in the footer claims to have more columns than there are.");
        }
        if *count > 0 {
            open.push(*count);
        }
        while open.last() == Some(&0) {
            open.pop();
        }
        if open.len() > DEEPEST_SCHEMA {
            return wrong("The schema in the footer nests too deep.");
        }
    }
    match open.is_empty() {
        true => Ok(()),
        false => wrong("The schema in the footer claims to have more columns than there are."),
    }
}

/// The numbers of a page's header as they stand there, as far as it is looked at.
struct HeaderNumbers {
    /// -1 where they are not told.
    uncompressed: i64,
    compressed: i64,
    dictionary: i64,
    /// Nothing where the header does not end in what is looked at, or is none.
    end: Option<usize>,
}

impl HeaderNumbers {
    fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader { bytes, at: 0 };
        let (mut uncompressed, mut compressed, mut dictionary) = (-1, -1, 0);
        let mut see = |parent, field, value| match (parent, field) {
            (0, 2) => uncompressed = value,
            (0, 3) => compressed = value,
            (DICTIONARY_HEADER, 1) => dictionary = value,
            _ => {}
        };
        let end = reader.fields(0, &mut see, true).map(|()| reader.at);
        Self { uncompressed, compressed, dictionary, end }
    }
}

impl PageSizes {
    /// Nothing for what is no header.
    fn read(bytes: &[u8]) -> Option<Self> {
        let numbers = HeaderNumbers::read(bytes);
        Some(Self {
            header: numbers.end?,
            compressed: usize::try_from(numbers.compressed).ok()?,
            uncompressed: u64::try_from(numbers.uncompressed).ok()?,
            dictionary: u64::try_from(numbers.dictionary).ok()?,
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

/// A value of a dictionary takes a byte at least.
fn check_dictionary(values: u64, uncompressed: u64) -> Result<()> {
    if values <= uncompressed {
        return Ok(());
    }
    let text = format!("A dictionary claims to have {values} values in {uncompressed} bytes.");
    Err(Error::new(code::CORRUPT_DATA, text))
}

/// Checks the pages that `bytes` consists of, up to one whose header makes no sense: the decoder says
/// what is wrong with it.
fn check_pages(mut bytes: &[u8], chunk: u64) -> Result<()> {
    while let Some(page) = PageSizes::read(bytes) {
        check_size(page.uncompressed, chunk)?;
        check_dictionary(page.dictionary, page.uncompressed)?;
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
    /// Where the data of the page begins whose header was checked last.
    data: AtomicU64,
}

impl ColumnChunks {
    pub fn new(footer: &ParquetMetaData) -> Self {
        let mut chunks = Vec::new();
        for (group, columns) in footer.row_groups().iter().enumerate() {
            for (column, chunk) in columns.columns().iter().enumerate() {
                let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
                let uncompressed = u64::try_from(chunk.uncompressed_size()).unwrap_or(0);
                let start = u64::try_from(start).unwrap_or(u64::MAX);
                let data = AtomicU64::new(0);
                chunks.push(ColumnChunk { start, uncompressed, group, column, data });
            }
        }
        chunks.sort_unstable_by_key(|chunk| chunk.start);
        Self(chunks)
    }

    /// What the chunk takes, by the footer, whose pages begin at `offset`: at the first one, or at one
    /// that the page index of `footer` knows. Nothing for other places.
    fn pages_at(&self, footer: &ParquetMetaData, offset: u64) -> Option<u64> {
        let after = self.0.partition_point(|chunk| chunk.start <= offset);
        let chunk = self.0.get(after.checked_sub(1)?)?;
        let is_page = chunk.start == offset || {
            let pages =
                footer.offset_index()?.get(chunk.group)?.get(chunk.column)?.page_locations();
            let offset = i64::try_from(offset).ok()?;
            pages.binary_search_by_key(&offset, |page| page.offset).is_ok()
        };
        is_page.then_some(chunk.uncompressed)
    }

    /// Checks the header of the page at `offset`, of which `bytes` is the begin. The decoder comes to
    /// the data of a page as well, when it has looked at the header before. False where the header
    /// does not end in `bytes`.
    pub fn check_header(&self, offset: u64, bytes: &[u8]) -> Result<bool> {
        let after = self.0.partition_point(|chunk| chunk.start <= offset);
        let Some(chunk) = after.checked_sub(1).and_then(|index| self.0.get(index)) else {
            return Ok(true);
        };
        if offset == chunk.data.load(Ordering::Relaxed) {
            return Ok(true);
        }
        // The sizes come first; the rest of a header may be long.
        let numbers = HeaderNumbers::read(bytes);
        // A page without data is followed by the next header.
        let end = numbers.end.filter(|_| numbers.compressed > 0);
        let data = end.map_or(0, |end| offset.saturating_add(end as u64));
        chunk.data.store(data, Ordering::Relaxed);
        match u64::try_from(numbers.uncompressed) {
            Ok(size) => {
                check_size(size, chunk.uncompressed)?;
                check_dictionary(u64::try_from(numbers.dictionary).unwrap_or(0), size)?;
            }
            Err(_) if numbers.end.is_none() && bytes.len() as u64 >= LONGEST_HEADER => {
                let text = "The header of a page does not tell its size.";
                return Err(Error::new(code::CORRUPT_DATA, text));
            }
            Err(_) => {}
        }
        Ok(numbers.end.is_some())
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
        let expected =
            PageSizes { header: HEADER.len(), compressed: 3, uncompressed: 100, dictionary: 0 };
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

    /// A footer whose schema has columns with these numbers of children.
    fn footer(children: &[u8]) -> Vec<u8> {
        let mut footer = vec![0x15, 4, 0x19, 0xfc, children.len() as u8];
        for count in children {
            footer.extend([0x48, 1, b'a', 0x15, 2 * count, 0]);
        }
        footer
    }

    #[test]
    fn schemas_are_trees() {
        for good in [&[0][..], &[1, 0], &[2, 1, 0, 0], &[3, 0, 0, 0]] {
            assert!(check_schema(&footer(good)).is_ok(), "{good:?}");
        }
        for bad in [&[1][..], &[2, 0], &[0, 0], &[1, 0, 0], &[60, 0], &[1, 1, 1]] {
            assert!(check_schema(&footer(bad)).is_err(), "{bad:?}");
        }
        assert!(check_schema(b"no footer").is_ok());
        assert!(check_schema(&footer(&[1, 0])[..7]).is_ok(), "the decoder sees that it is cut");
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
        let dictionary = |values| [0x15, 4, 0x15, 20, 0x15, 6, 0x4c, 0x15, values, 0, 0];
        assert!(check_pages(&dictionary(20), 10).is_ok());
        let corrupt = Some(code::CORRUPT_DATA.to_string());
        assert_eq!(code(check_pages(&dictionary(22), 10)), corrupt);
        assert!(check_pages(b"no header", 10).is_ok());
    }
}
