/// What differs between versions in the framing of a record's parts; everything else about it is the same from 9.6 to 19.
///
/// Made once per walk and passed along. Follows src/include/access/xlogrecord.h.
@usableFromInline
package struct RecordLayout: Sendable, Hashable {
  /// The version whose framing this is.
  package let version: ServerVersion
  /// Bits of `bimg_info` that say the page image is compressed. 15 renumbered them.
  let imageIsCompressed: UInt8
  /// The bit of `bimg_info` without which an image is only for consistency checks; 0 before 10, where every image applies.
  let imageApplies: UInt8
  /// 14 and later: fragment 252 carries the top-level transaction of a subtransaction's first record.
  let hasTopLevelXID: Bool

  /// The bits of `version`: 10 gave images that do not apply, 14 the fragment of the top-level xid, 15 new `bimg_info`.
  package init(_ version: ServerVersion) {
    self.version = version
    switch version {
    case .v9_6: (imageIsCompressed, imageApplies, hasTopLevelXID) = (0x02, 0, false)
    case .v10, .v11, .v12, .v13: (imageIsCompressed, imageApplies, hasTopLevelXID) = (0x02, 0x04, false)
    case .v14: (imageIsCompressed, imageApplies, hasTopLevelXID) = (0x02, 0x04, true)
    case .v15, .v16, .v17, .v18, .v19: (imageIsCompressed, imageApplies, hasTopLevelXID) = (0x1C, 0x02, true)
    }
  }

  /// The page has a hole: a run of zeros that the image leaves out. The same bit in every version.
  static let imageHasHole: UInt8 = 0x01
  /// `BLCKSZ`: bytes of a relation's page. Servers built with another size are refused by their control file.
  static let pageSize = 8192
}
