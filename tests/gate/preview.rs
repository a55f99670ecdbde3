//! What the gate would say now, for a page of operators: nothing is run, used up or counted.

use crate::support::House;

#[tokio::test(start_paused = true)]
async fn it_is_asked_by_the_name_of_a_destructive_function() {
    let house = House::healthy().await;
    house.registry.record_success("search");
    let verdict = async |operation| house.registry.verdict(operation).await;
    assert!(verdict("purge").await.unwrap().is_allow());
    assert!(verdict("drop_index").await.unwrap().is_allow());
    house.fail("search");
    assert!(verdict("purge").await.unwrap().is_allow());
    let needs_search = verdict("drop_index").await.unwrap();
    assert_eq!(needs_search.vetoes()[0].code(), "degraded");
    assert!(verdict("load").await.is_none(), "it is guarded, no more");
    assert!(verdict("no_function_of_this_name").await.is_none());
}

#[tokio::test(start_paused = true)]
async fn it_leaves_no_trace() {
    let house = House::healthy().await;
    let (records, counts) = (house.trail.records().len(), house.registry.operations());
    for _ in 0..10 {
        assert!(house.registry.verdict("evict").await.unwrap().is_allow());
    }
    assert_eq!(house.trail.records().len(), records);
    assert_eq!(house.registry.operations(), counts);
}
