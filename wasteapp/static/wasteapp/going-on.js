// The page between two steps of something long sends its form by itself.
document.querySelector("form[data-goes-on]").requestSubmit();
