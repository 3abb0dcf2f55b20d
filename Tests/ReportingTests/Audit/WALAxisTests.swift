import PostgresFormat
import Testing

@testable import Reporting

/// Where positions come on a picture: in their order, with one scale, and breaks where next to nothing would be seen.
@Suite struct WALAxisTests {
  private func axis(_ positions: [UInt64]) -> WALAxis { WALAxis(positions.map { LSN($0) }) }

  @Test func betweenBreaksAllHasOneScale() {
    let axis = axis([1000, 1100, 1300, 1400])
    #expect(axis.breaks.isEmpty)
    let places = [1000, 1100, 1200, 1300, 1400].map { axis.place(LSN($0)) }
    #expect(zip(places, places.dropFirst()).allSatisfy { abs($1 - $0 - (places[1] - places[0])) < 1e-9 })
    #expect(axis.place(LSN(1)) == places[0] && axis.place(LSN(9999)) == places[4] && places[0] >= 0 && places[4] <= 100)
  }

  @Test func longEmptyStretchesAreLeftOut() {
    let axis = axis([1, 100_000_000, 100_000_100, 100_000_300])
    #expect(axis.breaks == [WALAxis.Break(from: LSN(1), to: LSN(100_000_000))])
    let places = axis.stops.map(axis.place)
    #expect(abs((places[3] - places[2]) - 2 * (places[2] - places[1])) < 1e-9 && places == places.sorted())
    #expect(places[2] - places[1] > 20)
  }

  @Test func anyNumberOfPositionsHasPlaces() {
    #expect(axis([]).stops.isEmpty && axis([0]).stops.isEmpty)
    #expect((0...100).contains(axis([5]).place(LSN(5))))
    for positions in [[5, 6], [1, .max], [1, 2, .max], [1, 1 << 20, 1 << 40, 1 << 60, .max]] as [[UInt64]] {
      let places = axis(positions).stops.map(axis(positions).place)
      #expect(places == places.sorted() && places.allSatisfy { (0...100).contains($0) }, "\(positions): \(places)")
    }
  }
}
