//! The values of one indicator.

use super::cells::CellValue;
use crate::cube::each_once;

/// Where a value of one indicator belongs: the period, counted from 0, the unit, and the options.
pub(super) type Spot = (u16, u32, u64);

/// The order of spots, in one number that is compared in one step.
pub(super) fn in_order(&(period, unit, categories): &Spot) -> u128 {
    u128::from(period) << 96 | u128::from(unit) << 64 | u128::from(categories)
}

/// The values of one indicator, in the order of their spots, one for each.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<(Spot, CellValue)>);

impl Values {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, spot: &Spot) -> Option<&CellValue> {
        let place = self.0.binary_search_by_key(&in_order(spot), |(spot, _)| in_order(spot));
        place.ok().map(|place| &self.0[place].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Spot, &CellValue)> {
        self.0.iter().map(|(spot, value)| (spot, value))
    }

    pub(super) fn spots(&self) -> impl Iterator<Item = &Spot> {
        self.0.iter().map(|(spot, _)| spot)
    }

    /// Takes in values; one that is there already gives way.
    pub(super) fn replace(&mut self, values: impl IntoIterator<Item = (Spot, CellValue)>) {
        self.0.extend(values);
        self.put_in_order();
    }

    /// Takes in values; one that is there already stays.
    pub(super) fn fill_up(&mut self, values: impl IntoIterator<Item = (Spot, CellValue)>) {
        let own = std::mem::take(&mut self.0);
        self.0.extend(values);
        self.0.extend(own);
        self.put_in_order();
    }

    /// In order, and of two values of one spot the later one.
    fn put_in_order(&mut self) {
        each_once(&mut self.0, in_order, std::mem::swap);
    }
}

impl FromIterator<(Spot, CellValue)> for Values {
    fn from_iter<I: IntoIterator<Item = (Spot, CellValue)>>(values: I) -> Self {
        let mut all = Self(values.into_iter().collect());
        all.put_in_order();
        all
    }
}

impl IntoIterator for Values {
    type Item = (Spot, CellValue);
    type IntoIter = std::vec::IntoIter<(Spot, CellValue)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn values(numbers: &[(u16, u32, u64, i64)]) -> Vec<(Spot, CellValue)> {
        let value = |&(period, unit, categories, number): &(u16, u32, u64, i64)| {
            ((period, unit, categories), CellValue::Number(Decimal::from(number)))
        };
        numbers.iter().map(value).collect()
    }

    fn all(values: Values) -> Vec<(Spot, CellValue)> {
        values.into_iter().collect()
    }

    #[test]
    fn values_stand_in_the_order_of_period_unit_and_options() {
        let given = [(1, 0, 0, 7), (0, 2, 1, 6), (0, 2, 0, 5), (0, 1, 9, 4)];
        let ordered: Values = values(&given).into_iter().collect();
        assert_eq!(ordered.len(), 4);
        assert!(ordered.spots().eq(&[(0, 1, 9), (0, 2, 0), (0, 2, 1), (1, 0, 0)]));
        assert_eq!(ordered.get(&(0, 2, 1)), Some(&CellValue::Number(Decimal::from(6))));
        assert_eq!(ordered.get(&(1, 2, 1)), None);
    }

    #[test]
    fn of_two_values_of_one_spot_the_later_one_stays_unless_it_fills_up() {
        let mut replaced: Values = values(&[(0, 0, 0, 1), (0, 1, 0, 2)]).into_iter().collect();
        replaced.replace(values(&[(0, 2, 0, 8), (0, 0, 0, 9)]));
        assert_eq!(all(replaced), values(&[(0, 0, 0, 9), (0, 1, 0, 2), (0, 2, 0, 8)]));

        let mut filled: Values = values(&[(0, 0, 0, 1), (0, 1, 0, 2)]).into_iter().collect();
        filled.fill_up(values(&[(0, 2, 0, 8), (0, 0, 0, 9)]));
        assert_eq!(all(filled), values(&[(0, 0, 0, 1), (0, 1, 0, 2), (0, 2, 0, 8)]));
    }
}
