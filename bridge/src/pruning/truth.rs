//! What a condition may be in each container, in SQL's three-valued logic.

use super::flags::Flags;

#[derive(Clone, Debug)]
pub struct Truth {
    pub may_be_true: Flags,
    pub may_be_false: Flags,
    pub may_be_null: Flags,
}

impl Truth {
    pub fn unknown() -> Self {
        Self { may_be_true: Flags::All, may_be_false: Flags::All, may_be_null: Flags::All }
    }

    pub fn not(self) -> Self {
        Self { may_be_true: self.may_be_false, may_be_false: self.may_be_true, ..self }
    }

    pub fn and(&self, other: &Self) -> Self {
        let null_or_true = |truth: &Self| truth.may_be_null.or(&truth.may_be_true);
        Self {
            may_be_true: self.may_be_true.and(&other.may_be_true),
            may_be_false: self.may_be_false.or(&other.may_be_false),
            may_be_null: self
                .may_be_null
                .and(&null_or_true(other))
                .or(&other.may_be_null.and(&null_or_true(self))),
        }
    }

    pub fn or(&self, other: &Self) -> Self {
        self.clone().not().and(&other.clone().not()).not()
    }
}
