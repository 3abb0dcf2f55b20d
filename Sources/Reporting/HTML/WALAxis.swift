import PostgresFormat

/// Positions of WAL from left to right, in percent of a picture's width: linear, with the same scale everywhere, but for stretches
/// that are left out because nothing is in them and next to nothing else would be seen.
struct WALAxis {
  /// A stretch that is not drawn.
  struct Break: Equatable {
    var from: LSN
    var to: LSN
  }

  private(set) var breaks: [Break] = []
  /// Ascending, each once.
  let stops: [LSN]
  /// Of each stop, in percent.
  private var places: [Double] = []
  private var percentPerByte = 0.0

  private static let (left, right, breakWidth) = (1.0, 97.0, 6.0)
  private static let breakLimit = 3

  init(_ positions: [LSN]) {
    stops = Array(Set(positions.filter(\.isValid))).sorted()
    guard stops.count > 1 else {
      places = stops.map { _ in (Self.left + Self.right) / 2 }
      return
    }
    let gaps = zip(stops, stops.dropFirst()).map { Double($1.bytes(since: $0)) }
    var drawn = Set(gaps.indices)
    for _ in 0..<Self.breakLimit {
      guard let largest = drawn.max(by: { (gaps[$0], $1) < (gaps[$1], $0) }) else { break }
      let rest = drawn.reduce(0) { $0 + ($1 == largest ? 0 : gaps[$1]) }
      guard rest > 0, gaps[largest] > 10 * rest else { break }
      drawn.remove(largest)
    }
    breaks = gaps.indices.filter { !drawn.contains($0) }.map { Break(from: stops[$0], to: stops[$0 + 1]) }
    let room = Self.right - Self.left - Self.breakWidth * Double(breaks.count)
    percentPerByte = room / drawn.reduce(0) { $0 + gaps[$1] }
    places = [Self.left]
    for index in gaps.indices {
      places.append(places[index] + (drawn.contains(index) ? gaps[index] * percentPerByte : Self.breakWidth))
    }
  }

  /// Percent from the left; what is before or after all stops is at the edge.
  func place(_ lsn: LSN) -> Double {
    guard let after = stops.firstIndex(where: { $0 >= lsn }) else { return places.last ?? Self.left }
    guard stops[after] != lsn, after > 0 else { return places[after] }
    let part = Double(lsn.bytes(since: stops[after - 1])) / Double(stops[after].bytes(since: stops[after - 1]))
    return places[after - 1] + part * (places[after] - places[after - 1])
  }
}
