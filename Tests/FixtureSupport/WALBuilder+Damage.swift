package import PostgresFormat

extension WALBuilder {
  /// Cuts the record that was written last at the end of its first page, and goes on after it as crash recovery does.
  /// Returns where the record begins that takes its place.
  package mutating func abandon(_ lost: LSN, named: LSN? = nil, previous link: LSN) -> LSN {
    // The record above ends on its page: make its length claim more than there is.
    let start = Int(lost.bytes(since: base))
    overwrite(at: lost, Self.little(UInt32(8192 - start % 8192 + 300)))
    zeros(8192 - bytes.count % 8192)
    pageHeader(remaining: 0, flags: version >= .v19 ? 4 : 8)
    let body = [255, 16] + Self.little((named ?? lost).rawValue) + Self.little(UInt64(0))
    return raw(manager: 0, info: 0xD0, body: body, previous: link)
  }

  /// The bytes of a record that is not right: its header as it is given, and a body of one byte's repetition.
  package func brokenRecord(
    length: UInt32, previous: LSN? = nil, manager: UInt8 = 10, body: Int = 0
  ) -> [UInt8] {
    Self.little(length) + Self.little(UInt32(700)) + Self.little((previous ?? self.previous).rawValue)
      + [0, manager, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0x55, count: body)
  }
}
