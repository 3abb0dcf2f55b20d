extension Array {
  /// The first index whose element satisfies a predicate that is false for a first part of the array and true for the rest;
  /// `endIndex` where none does.
  package func partitionPoint(_ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
