package import PostgresFormat

/// What the data pages of a node say of the WAL that wrote them.
///
/// Every page carries the position just past the record that changed it last (`pd_lsn`, src/include/storage/bufpage.h). A page whose
/// position lies within WAL that was read, and just past none of its records, was written by another history.
package struct PageCheck: Sendable, Hashable {
  /// All pages, not a sample.
  package var isWhole: Bool
  /// Relation files of which pages were read.
  package var files = 0
  /// Pages with a position.
  package var pages = 0
  /// Why it is not all that was asked for; a clause.
  package var problem: String?
  /// Each WAL that pages were held against.
  package var witnesses: [Witness] = []

  /// Nothing was read yet.
  package init(isWhole: Bool) { self.isWhole = isWhole }

  /// WAL of one node without a break.
  package struct Witness: Sendable, Hashable {
    /// `standby` or `primary`.
    package var node: String
    /// The first record begins here, so that no position up to here is judged.
    package var from: LSN
    /// The last record ends here, so that no later position is judged.
    package var to: LSN
    /// Different positions of pages in between.
    package var positions = 0
    /// How many of them end no record.
    package var foreign = 0
    /// Some pages with such a position, at most ``exampleLimit``.
    package var examples: [Page] = []

    /// WAL between two positions.
    package init(node: String, from: LSN, to: LSN) { (self.node, self.from, self.to) = (node, from, to) }

    /// More examples say no more.
    package static let exampleLimit = 5
  }

  /// A page and its position.
  package struct Page: Sendable, Hashable {
    /// From the data directory.
    package var path: String
    /// From 0, in the relation.
    package var block: Int
    /// `pd_lsn`
    package var lsn: LSN
    /// A page of a file.
    package init(path: String, block: Int, lsn: LSN) { (self.path, self.block, self.lsn) = (path, block, lsn) }
  }
}
