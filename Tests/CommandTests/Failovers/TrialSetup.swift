/// What a trial begins with: how much of it is set up already, and what else is there.
struct TrialSetup {
  /// What the standby's configuration has beside the usual.
  var standbySettings: [String: String] = [:]
  /// SQL: the primary's physical slots.
  var slots = ""
  /// The consumer's slot is a failover slot from the beginning.
  var hasFailover = false
  /// The standby has a slot that the primary does not have.
  var hasLeftover = false
  var notes: [String] = []

  init(_ kind: FailoverTrial.Kind, _ random: inout TrialRandom) {
    let own = "select pg_create_physical_replication_slot('standby', true);"
    guard kind == .failoverSlots else {
      slots = own
      return
    }
    hasFailover = random.chance(0.4)
    hasLeftover = random.chance(0.3)
    if random.chance(0.3) {
      notes.append("bare standby")
      standbySettings = ["primary_slot_name": "", "hot_standby_feedback": "off"]
    } else {
      slots = own
      if random.chance(0.4) { standbySettings["sync_replication_slots"] = "on" }
    }
    if random.chance(0.4) {
      notes.append("copied synchronized_standby_slots")
      standbySettings["synchronized_standby_slots"] = "standby, \"gone\""
    }
    if random.chance(0.4) {
      notes.append("another follower's slot")
      slots += "select pg_create_physical_replication_slot('other', true);"
    }
    if hasFailover { notes.append("failover slot") }
    if hasLeftover { notes.append("leftover") }
  }
}
