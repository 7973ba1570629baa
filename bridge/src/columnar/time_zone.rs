//! `arrow::array::timezone::Tz`: instants of what clocks show.

use std::str::FromStr;

use chrono::{DateTime, Duration, NaiveDateTime, Offset, TimeZone as _};
use datafusion::arrow::array::timezone::Tz;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;

pub struct TimeZone(Tz);

/// No instant that a zone has.
const TOO_FAR: i64 = i64::MIN;

pub fn parse_time_zone(name: &str) -> Result<Box<TimeZone>> {
    guard(|| match Tz::from_str(name) {
        Ok(zone) => Ok(Box::new(TimeZone(zone))),
        Err(_) => {
            let text = format!("There is no time zone of the name: {name:?}");
            Err(Error::new(code::INVALID_ARGUMENT, text))
        }
    })
}

fn offset(offset: impl Offset) -> Duration {
    Duration::seconds(offset.fix().local_minus_utc().into())
}

impl TimeZone {
    /// Microseconds since the Unix epoch, there and here; `TOO_FAR` for what is.
    pub fn to_utc(&self, local_micros: i64) -> i64 {
        let local = DateTime::from_timestamp_micros(local_micros);
        let utc = local.and_then(|local| self.instant(local.naive_utc()));
        utc.map_or(TOO_FAR, |utc| utc.and_utc().timestamp_micros())
    }

    /// The earlier one of two; for times that clocks skip, as if they had not been put forward yet.
    fn instant(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let found = self.0.offset_from_local_datetime(&local).earliest();
        let offset = match found {
            Some(found) => offset(found),
            None => {
                let before = local.checked_sub_signed(Duration::days(1))?;
                offset(self.0.offset_from_utc_datetime(&before))
            }
        };
        local.checked_sub_signed(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(zone: &str, local: &str) -> String {
        let Ok(zone) = parse_time_zone(zone) else { return "no zone".into() };
        let Ok(local) = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M") else {
            return "no time".into();
        };
        let utc = zone.to_utc(local.and_utc().timestamp_micros());
        DateTime::from_timestamp_micros(utc)
            .map_or("far".into(), |utc| utc.format("%Y-%m-%d %H:%M").to_string())
    }

    #[test]
    fn times_of_a_zone_are_those_of_its_season() {
        assert_eq!(utc("Europe/Berlin", "2024-01-15 12:00"), "2024-01-15 11:00");
        assert_eq!(utc("Europe/Berlin", "2024-07-15 12:00"), "2024-07-15 10:00");
        assert_eq!(utc("+05:30", "2024-07-15 12:00"), "2024-07-15 06:30");
        assert_eq!(utc("UTC", "2024-07-15 12:00"), "2024-07-15 12:00");
    }

    #[test]
    fn times_that_come_twice_are_the_earlier_ones_and_skipped_ones_later_by_the_gap() {
        assert_eq!(utc("Europe/Berlin", "2024-10-27 02:30"), "2024-10-27 00:30");
        assert_eq!(utc("Europe/Berlin", "2024-03-31 02:30"), "2024-03-31 01:30");
        assert_eq!(utc("America/New_York", "2024-03-10 02:30"), "2024-03-10 07:30");
    }

    #[test]
    fn there_are_no_other_names_and_no_far_times() {
        assert!(parse_time_zone("Europe/Nowhere").is_err());
        assert!(parse_time_zone("").is_err());
        let Ok(zone) = parse_time_zone("Europe/Berlin") else { unreachable!() };
        assert_eq!(zone.to_utc(i64::MAX), TOO_FAR);
        assert_eq!(zone.to_utc(i64::MIN), TOO_FAR);
    }
}
