/// Which of what memory holds a read may be answered from.
enum AcceptedAge {
    /// What has not expired.
    case fresh
    /// Also what was fetched since a market closed that is left alone now.
    case resting
    /// Everything, however old.
    case any
}
