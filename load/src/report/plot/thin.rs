//! Fewer points where there are more than can be seen.

/// At most about `most` of the points, with the lowest and the highest of each part kept: no peak goes.
pub fn thin(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    if points.len() <= most {
        return points.to_vec();
    }
    let part = (points.len() * 2).div_ceil(most);
    points.chunks(part).flat_map(extremes).collect()
}

fn extremes(part: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let order = |a: &usize, b: &usize| part[*a].1.total_cmp(&part[*b].1);
    let low = (0..part.len()).min_by(order);
    let high = (0..part.len()).max_by(order);
    let (Some(low), Some(high)) = (low, high) else { return Vec::new() };
    let (first, last) = (low.min(high), low.max(high));
    if first == last { vec![part[first]] } else { vec![part[first], part[last]] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_of_one_in_many_stays_and_order_stays() {
        let mut points: Vec<_> = (0..100_000).map(|x| (f64::from(x), 1.0)).collect();
        points[77_777].1 = 9.0;
        let thinned = thin(&points, 700);
        assert!(thinned.len() <= 701, "{}", thinned.len());
        assert!(thinned.contains(&(77_777.0, 9.0)));
        assert!(thinned.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn few_points_stay_as_they_are() {
        assert_eq!(thin(&[(1.0, 2.0), (2.0, 3.0)], 700), [(1.0, 2.0), (2.0, 3.0)]);
    }
}
