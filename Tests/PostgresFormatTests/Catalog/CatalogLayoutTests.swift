import Testing

@testable import PostgresFormat

/// The computed offsets against those of the headers of the versions, from the first column's.
@Suite struct CatalogLayoutTests {
  private func offsets(_ layout: CatalogLayout, _ version: ServerVersion) -> [String: Int] {
    var position = 0
    var offsets: [String: Int] = [:]
    for column in layout.columns(in: version) {
      guard let width = column.type.width else { break }
      position = position.aligned(to: column.type.alignment)
      offsets[column.name] = position
      position += width
    }
    return offsets
  }

  @Test(arguments: ServerVersion.allCases) func databaseOffsets(version: ServerVersion) {
    let offsets = offsets(.database, version)
    let expected: [String: Int] =
      switch version {
      case .v9_6, .v10, .v11:
        [
          "datname": 0, "encoding": 68, "datistemplate": 200, "datallowconn": 201, "datconnlimit": 204,
          "dattablespace": 220,
        ]
      case .v12, .v13, .v14:
        [
          "datname": 4, "encoding": 72, "datistemplate": 204, "datallowconn": 205, "datconnlimit": 208,
          "dattablespace": 224,
        ]
      case .v15, .v16, .v17, .v18, .v19:
        [
          "datname": 4, "encoding": 72, "datistemplate": 77, "datallowconn": 78, "datconnlimit": 80,
          "dattablespace": 92,
        ]
      }
    for (column, offset) in expected { #expect(offsets[column] == offset, "\(column)") }
    #expect(offsets["oid"] == (version < .v12 ? nil : 0))
    #expect(offsets["dathasloginevt"] == (version < .v17 ? nil : 79))
  }

  @Test(arguments: ServerVersion.allCases) func relationOffsets(version: ServerVersion) {
    let offsets = offsets(.relation, version)
    let shift = version < .v12 ? 0 : 4
    let late = version < .v18 ? shift : shift + 4
    #expect(offsets["relname"] == shift)
    #expect(offsets["relnamespace"] == 64 + shift)
    #expect(offsets["relfilenode"] == 84 + shift)
    #expect(offsets["reltablespace"] == 88 + shift)
    #expect(offsets["relisshared"] == 109 + late)
    #expect(offsets["relpersistence"] == 110 + late)
    #expect(offsets["relkind"] == 111 + late)
  }

  @Test func subscriptionsBeginWithVersion10() {
    #expect(!CatalogLayout.subscription.exists(in: .v9_6))
    #expect(CatalogLayout.subscription.exists(in: .v10))
    #expect(CatalogLayout.replicationOrigin.exists(in: .v9_6))
  }
}
