// LayoutConversion
