#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    duizhang_fuzz::targets::configuration(data);
});
