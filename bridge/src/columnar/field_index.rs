//! `Schema`, whose fields are found by name at once: its own `index_of` looks at one after the other.

use std::hash::BuildHasher;

use datafusion::arrow::datatypes::{FieldRef, Fields};
use hashbrown::{DefaultHashBuilder, HashTable};

/// The positions of fields by their names; of two with one name, that of the first.
#[derive(Debug)]
pub struct FieldIndex {
    fields: Fields,
    positions: HashTable<usize>,
    hasher: DefaultHashBuilder,
}

impl FieldIndex {
    pub fn new(fields: Fields) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut positions = HashTable::with_capacity(fields.len());
        for (position, field) in fields.iter().enumerate() {
            let is_same = |other: &usize| fields[*other].name() == field.name();
            let rehash = |other: &usize| hasher.hash_one(fields[*other].name());
            positions.entry(hasher.hash_one(field.name()), is_same, rehash).or_insert(position);
        }
        Self { fields, positions, hasher }
    }

    pub fn find(&self, name: &str) -> Option<(usize, &FieldRef)> {
        let is_named = |position: &usize| self.fields[*position].name() == name;
        let position = *self.positions.find(self.hasher.hash_one(name), is_named)?;
        Some((position, &self.fields[position]))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{DataType, Field};

    use super::*;

    #[test]
    fn fields_are_found_by_name_and_the_first_of_two_counts() {
        let names = ["b", "a", "", "b"];
        let fields: Fields =
            names.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect();
        let index = FieldIndex::new(fields);
        let found = |name: &str| index.find(name).map(|(position, field)| (position, field.name()));
        assert_eq!(found("a"), Some((1, &"a".to_string())));
        assert_eq!(found("b"), Some((0, &"b".to_string())));
        assert_eq!(found(""), Some((2, &String::new())));
        assert_eq!(found("c"), None);
    }
}
