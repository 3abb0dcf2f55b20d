import PostgresFormat
import Testing

/// The block by which a library says for which major it was built.
@Suite struct LibraryMagicTests {
  private func library(_ numbers: [UInt32], before padding: Int = 12) -> [UInt8] {
    [UInt8](repeating: 7, count: padding)
      + numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } } + [9, 9, 9]
  }

  private func version(_ bytes: [UInt8]) -> ServerVersion? { LibraryMagic.version(in: bytes.span.bytes) }

  @Test(arguments: [(UInt32(906), ServerVersion.v9_6), (1000, .v10), (1300, .v13), (1900, .v19)])
  func theMajorOfALibrary(number: UInt32, expected: ServerVersion) {
    #expect(version(library([number, 100, 32, 64, 1])) == expected)
    #expect(version(library([number, 100, 32, 64, 1], before: 0)) == expected)
  }

  @Test func whatIsNoLibraryHasNone() {
    #expect(version([]) == nil && version([1, 2, 3]) == nil)
    #expect(version(library([1700, 100, 32, 64])) == nil)
    #expect(version(library([1700, 100, 32, 64, 0])) == nil)
    #expect(version(library([4200, 100, 32, 64, 1])) == nil)
    #expect(version(library([1700, 100, 32, 64, 1], before: 13)) == nil)
    // Another block may come after what only looks like one.
    #expect(version(library([4200, 100, 32, 64, 1, 1700, 100, 32, 64, 1])) == .v17)
  }
}
