"""What is in a folder of labelled photographs: a survey of its files, what is odd about them, a page that shows it."""
